import { randomBytes } from 'node:crypto';
import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { type FeedbackPlace, openFeedbackPlace } from '../cli/feedback-place.ts';
import { qualityLines, sentLines } from '../cli/feedback-report.ts';
import { sendTruths } from '../cli/feedback-send.ts';
import { readTruths } from '../cli/feedback-truths.ts';
import { slidingQuality } from '../cli/feedback-windows.ts';
import { print, printJson, say } from '../cli/output.ts';
import { rotateReceiptKey } from '#core/monitoring/receipt-keys.ts';

export const feedback = defineCommand({
  args: {
    name: { type: 'positional', required: true, description: 'Which model' },
    truth: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Send truths: CSV or JSON Lines of receipts or inference ids, or ground truth of Model Monitor',
    },
    rotate: { type: 'boolean', description: 'Make a new key for receipts; those of the keys before are still taken' },
    url: { type: 'string', valueHint: 'URL', description: 'Send truths to this server (default: into the store)' },
    stage: { type: 'string', valueHint: 'NAME', description: 'In AWS, in this stage (default: on this machine)' },
    ...COMMON,
  },
  examples: [
    'onnward feedback iris',
    'onnward feedback iris --truth truths.csv --url http://127.0.0.1:8080',
    'onnward feedback iris --rotate --stage prod',
  ],
  async run(args) {
    const { truth, rotate, json = false } = args;
    if (rotate && truth !== undefined) {
      throw usageError('either', '--rotate and --truth are two things to do.', 'Give one of them.');
    }
    if (args.url !== undefined && truth === undefined) {
      throw usageError('needs_truth', '--url says where --truth is sent.', 'Add --truth FILE.');
    }
    const truths = truth === undefined ? undefined : await readTruths(truth);
    const place = await openFeedbackPlace(args);
    if (rotate) return turn(place, json);
    if (truths) {
      const sent = await sendTruths(truths, await place.sender());
      return json ? printJson(sent) : print(sentLines(sent).join('\n'));
    }
    return show(place, json);
  },
});

async function turn({ store }: FeedbackPlace, json: boolean): Promise<void> {
  const key = await rotateReceiptKey(store, randomBytes);
  if (json) printJson({ key });
  else say(`Key ${key} signs receipts from now on, where servers run within 15 minutes. Older keys are still taken.`);
}

async function show(place: FeedbackPlace, json: boolean): Promise<void> {
  const { name, watch } = place;
  const metric = watch?.quality?.metric;
  const windows = await slidingQuality(place, Date.now(), metric);
  const minimum = (watch?.accuracy ?? watch?.quality)?.minimum;
  if (json)
    printJson({
      model: name,
      ...(metric !== undefined && { metric }),
      ...(minimum !== undefined && { minimum }),
      windows,
    });
  else print(qualityLines({ windows, metric, minimum }).join('\n'));
}
