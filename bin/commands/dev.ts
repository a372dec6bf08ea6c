import { COMMON } from '../cli/arguments.ts';
import { scoreArrivals } from '../cli/batch-arrivals.ts';
import { defineCommand } from '../cli/commands.ts';
import { registerExamples } from '../cli/examples.ts';
import { watchLive } from '../cli/monitor-loop.ts';
import { openWorkplace } from '../cli/registry.ts';
import { LISTEN, listeningOf, RECORD, serveUntilStopped } from '../cli/serving.ts';

export const dev = defineCommand({
  args: { ...LISTEN, ...RECORD, ...COMMON },
  examples: ['onnward dev', 'onnward dev --port 9000 --store file:/tmp/registry', 'onnward dev --record'],
  async run(args) {
    const workplace = await openWorkplace(args);
    const listening = listeningOf(args, workplace);
    await registerExamples(workplace);
    await serveUntilStopped(workplace, [], listening, async (place, signal, gauges) => {
      await Promise.all([scoreArrivals(place, signal), watchLive(place, signal, gauges)]);
    });
  },
});
