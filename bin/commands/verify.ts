import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say } from '../cli/output.ts';
import { createProgress } from '../cli/progress.ts';
import { openWorkplace } from '../cli/registry.ts';
import { OnnwardError } from '#core/errors.ts';
import type { Registry } from '#core/registry/registry.ts';
import type { Finding } from '#core/registry/finding.ts';

export const verify = defineCommand({
  args: {
    name: { type: 'positional', required: false, description: 'Name of one model; else all of them' },
    ...COMMON,
  },
  examples: ['onnward verify', 'onnward verify iris --json'],
  async run(args) {
    const { registry } = await openWorkplace(args);
    const names = args.name === undefined ? await registry.models() : [args.name];
    const findings: Finding[] = [];
    for (const name of names) {
      for await (const finding of check(registry, name, args.json === true)) {
        findings.push(finding);
        if (!args.json) (finding.severity === 'corrupt' ? print : say)(`${finding.severity}: ${finding.message}`);
      }
    }
    const touched = findings.filter(({ severity }) => severity === 'corrupt');
    if (args.json) printJson({ ok: touched.length === 0, models: names, findings });
    else if (touched.length === 0) print(`Nothing was touched in ${names.join(', ') || 'an empty registry'}.`);
    if (touched.length > 0) throw corruption(touched);
  },
});

async function* check(registry: Registry, name: string, json: boolean): AsyncIterable<Finding> {
  const progress = createProgress(json);
  let read = 0;
  const onProgress = (bytes: number): void => progress.update(`checking ${name}`, (read += bytes));
  try {
    for await (const finding of registry.verify(name, { onProgress })) {
      progress.end();
      yield finding;
    }
  } finally {
    progress.end();
  }
}

function corruption(touched: readonly Finding[]): OnnwardError {
  const { key } = touched[0]!;
  const count = touched.length === 1 ? 'One object' : `${touched.length} objects`;
  return new OnnwardError(`${count} of the registry cannot be trusted, the first is ${key}.`, {
    code: 'verify.corrupt',
    kind: 'corrupt',
    fix: `Restore ${key} from a backup; a version that cannot be restored is registered again as a new one.`,
    fields: { key, count: touched.length },
  });
}
