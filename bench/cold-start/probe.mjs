/** Loaded before the function, by `node --import`: writes the times of its marks, ms since 1970, to the file BENCH_MARKS. */
import { writeFileSync } from 'node:fs';

const times = {};
new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) {
    times[name.replace('onnward:', '')] = performance.timeOrigin + startTime;
  }
  writeFileSync(process.env.BENCH_MARKS, JSON.stringify(times));
}).observe({ type: 'mark' });
