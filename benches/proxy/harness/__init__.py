"""The parts of benches/proxy/run: options, processes, targets, load, idle connections, report; and `clients` for others."""
