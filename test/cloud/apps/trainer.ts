import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * What an image made for SageMaker holds, as small as can be: it knows `/opt/ml` and nothing of Onnward. It learns nothing;
 * its hyperparameters say how it behaves, one epoch after the other.
 */
const BASE = '/opt/ml';
const MODEL = fileURLToPath(new URL('../../fixtures/identity_fp32.onnx', import.meta.url));
const CHECKPOINT = join(BASE, 'checkpoints', 'epoch.json');

interface Hyperparameters {
  readonly epochs?: string;
  /** `fail`: it does. `unlike`: it says that its framework answers otherwise. `wait`: it hangs on its first host. `talk`: to its other nodes. */
  readonly behaviour?: string;
  /** Best at 0.3. */
  readonly x?: string;
}

const json = (path: string): unknown => JSON.parse(readFileSync(join(BASE, path), 'utf8'));

const leave = (path: string, text: string): void => {
  mkdirSync(dirname(join(BASE, path)), { recursive: true });
  writeFileSync(join(BASE, path), text);
};

const { epochs = '3', behaviour, x = '0.3' } = json('input/config/hyperparameters.json') as Hyperparameters;
const accuracy = (epoch: number): string => (0.9 - (Number(x) - 0.3) ** 2 - 0.1 / epoch).toFixed(4);

process.on('SIGTERM', () => {
  print('asked to end');
  process.exit(143);
});

print(`process.argv: ${process.argv.slice(2).join(' ')}; channels: ${channels().join(', ')}`);
if (behaviour === 'talk') await talk();
const resumed = existsSync(CHECKPOINT) ? (json('checkpoints/epoch.json') as { epoch: number }).epoch : 0;
if (resumed > 0) print(`resumed after epoch ${resumed}`);
for (let epoch = resumed + 1; epoch <= Number(epochs); epoch++) {
  print(`epoch=${epoch}; accuracy=${accuracy(epoch)};`);
  leave('checkpoints/epoch.json', JSON.stringify({ epoch }));
  if (behaviour === 'wait' && epoch === 2 && resumed === 0) await sleep(600_000);
}
if (behaviour === 'fail') {
  leave('output/failure', 'Every row of the column age is empty.');
  print('Traceback: the last line of a script');
  process.exit(3);
}
leaveModel();

function channels(): string[] {
  const folder = join(BASE, 'input', 'data');
  return readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`));
}

function leaveModel(): void {
  const tensor = (name: string, data: readonly number[]) => ({ name, shape: [1, 2], datatype: 'FP32', data });
  const answer = behaviour === 'unlike' ? [1.5, -2] : [1, -2];
  leave(
    'model/golden.jsonl',
    `${JSON.stringify({ inputs: [tensor('x', [1, -2])], outputs: [tensor('y', answer)] })}\n`,
  );
  leave('model/metrics.json', JSON.stringify({ accuracy: Number(accuracy(Number(epochs))) }));
  leave('model/provenance.json', JSON.stringify({ seed: 0, framework: { none: '1' } }));
  leave('output/data/history.json', JSON.stringify({ epochs }));
  copyFileSync(MODEL, join(BASE, 'model', 'model.onnx'));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The first host of `resourceconfig.json` says hello to each of the others that comes. */
async function talk(): Promise<void> {
  const { hosts, current_host: current } = json('input/config/resourceconfig.json') as {
    hosts: string[];
    current_host: string;
  };
  const [main = ''] = hosts;
  const port = 29_517;
  if (current !== main) {
    print(`${current} hears ${await heard(main, port)}`);
    // A node that is not the main one makes no model.
    process.exit(0);
  }
  const server = createServer((socket) => socket.end(`hello from ${main}`)).listen(port, main);
  await new Promise<void>((resolve) => {
    let left = hosts.length - 1;
    server.on('connection', (socket) => socket.on('close', () => (--left === 0 ? resolve() : undefined)));
  });
  server.close();
  print(`${main} has met ${hosts.length - 1}`);
}

async function heard(host: string, port: number): Promise<string> {
  for (;;) {
    const text = await new Promise<string>((resolve) => {
      let found = '';
      const socket = connect(port, host);
      socket.on('data', (chunk) => (found += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(found));
    });
    if (text) return text;
    await sleep(100);
  }
}
