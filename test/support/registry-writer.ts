/**
 * A writer of a registry that is a process of its own: `node registry-writer.ts URL NAME ACTOR TURNS`. It says `ready`,
 * waits for a line, then registers a version and moves the alias `candidate`, TURNS times, and says each as a line of
 * JSON once it is done.
 */
import { once } from 'node:events';
import { openStore } from '#adapters/stores.ts';
import { Registry } from '#core/registry/registry.ts';
import { draft, source } from './versions.ts';

const [url = '', name = '', actor = '', turns = '0'] = process.argv.slice(2);
const registry = new Registry(await openStore(url), { clock: Date.now, actor });

process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();

for (let turn = 1; turn <= Number(turns); turn++) {
  const content = `${actor} ${turn}`;
  const sources = [source('model.onnx', content), source('weights.bin', content.repeat(2_000))];
  const { version } = await registry.register(name, draft(content, { sources }));
  process.stdout.write(`${JSON.stringify({ version, content })}\n`);
  const { sequence } = await registry.setAlias(name, 'candidate', version, { why: content });
  process.stdout.write(`${JSON.stringify({ sequence, content })}\n`);
}
