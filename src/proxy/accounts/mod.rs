//! Who may sign in: the account list, read from the primary or from the configuration.
