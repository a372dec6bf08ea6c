#!/usr/bin/env node
import { main } from './cli/main.ts';

// Set, not exited: what is still being written to a pipe gets there.
process.exitCode = await main(process.argv.slice(2));
