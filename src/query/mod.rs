//! Statements on the engine: bind, plan, execute; functions, variables, SHOW and information_schema.
