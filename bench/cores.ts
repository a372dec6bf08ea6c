/**
 * Imported before Onnward's command line: a costly model gets as many workers as the machine has cores, and the benchmark
 * compares one with one and two with two. All else, the other threads of Node included, has the whole machine, as the
 * peers have.
 */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

os.availableParallelism = () => Number(process.env.BENCH_WORKERS);
syncBuiltinESMExports();
