import { monitorStatus } from '#core/monitoring/act/status.ts';
import { checkName } from '#core/model/reference.ts';
import { COMMON, wholeNumber } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { monitorLines } from '../cli/monitor-lines.ts';
import { type MonitorPlace, openMonitorPlace, watchedName } from '../cli/monitor-place.ts';
import { print, printJson, say } from '../cli/output.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';

const SHOWN = 24;

export const monitor = defineCommand({
  args: {
    name: { type: 'positional', required: false, description: 'Which model (default: the only one with watch)' },
    now: { type: 'boolean', description: 'In a stage: have it looked at now (default: each hour)' },
    last: { type: 'string', valueHint: 'N', description: `Windows to show (default ${SHOWN})` },
    forget: {
      type: 'string',
      valueHint: 'SUBJECT',
      description: 'Take all that was captured of this subject out of the store',
    },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: [
    'onnward monitor',
    'onnward monitor cancer --last 3',
    'onnward monitor cancer --stage prod --now',
    'onnward monitor cancer --forget customer-17',
  ],
  async run(args) {
    const last = wholeNumber('last', args.last, 1, 1000) ?? SHOWN;
    const json = args.json === true;
    const place = await openMonitorPlace(args);
    // Of one that is not watched any more there may be captures still.
    if (args.name !== undefined && args.forget !== undefined) {
      return forget(place, checkName(args.name), args.forget, json);
    }
    const model = watchedName(place.models, args.name);
    if (args.forget !== undefined) return forget(place, model, args.forget, json);
    if (place.where === '' || args.now) await place.look(model);
    const status = await monitorStatus(place.store, model, { last, now: Date.now() });
    if (json) printJson(status);
    else if (status.windows.length === 0) say(`No window of ${model} is over yet: the first one is looked at ${WHEN}.`);
    else print(monitorLines(status).join('\n'));
  },
});

const WHEN = 'a quarter of an hour after its end';

async function forget(place: MonitorPlace, model: string, subject: string, json: boolean): Promise<void> {
  const { events, objects } = await place.forget(model, subject);
  if (json) printJson({ model, events, objects });
  else print(`${events} captured requests were taken out of ${objects} objects.`);
}
