import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A source folder with this script, which needs no packages. */
export function sourceOf(script: string, folder: string, files: Readonly<Record<string, string>> = {}): string {
  mkdirSync(folder, { recursive: true });
  const all = { 'train.py': script, 'requirements.txt': '# none\n', ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Where a script has everything, by the variables of SageMaker's toolkit. */
const PLACES = `
import json, os, signal, sys, time
base = os.environ['SAGEMAKER_BASE_DIR']
model = os.environ['SM_MODEL_DIR']
checkpoints = base + '/checkpoints'
hyperparameters = json.load(open(os.environ['SM_INPUT_CONFIG_DIR'] + '/hyperparameters.json'))
`;

/** Writes one file, and says what it was given. */
export const PLAIN = `${PLACES}
print('arguments', sys.argv[1:], 'hyperparameters', json.dumps(hyperparameters, sort_keys=True))
print('accuracy=0.5;')
print('accuracy=0.75;', file=sys.stderr)
open(model + '/weights.txt', 'w').write(hyperparameters.get('value', 'none'))
`;

/** Runs for a minute, unless somebody ends it; what it does at SIGTERM is \`atTerm\`. */
export const waiting = (atTerm: string): string => `${PLACES}
def end(number, frame):
    ${atTerm}
signal.signal(signal.SIGTERM, end)
print('pid', os.getpid())
print('waiting')
for _ in range(600): time.sleep(0.1)
`;

/**
 * Logistic regression of "the digit is odd" on the real pixels of a channel, by stochastic gradient descent with momentum, seeded: what
 * it needs to go on exactly as it would have is in its checkpoint, the state of its random numbers too.
 */
export const DESCENT = `${PLACES}
import csv, math, random
rows = []
with open(os.environ['SM_CHANNEL_TRAINING'] + '/heldout.csv') as file:
    for row in csv.DictReader(file):
        rows.append(([float(row[f'p{i}']) / 16 for i in range(64)] + [1.0], int(row['digit']) % 2))
epochs = int(hyperparameters['epochs'])
rng = random.Random(int(hyperparameters['seed']))
weights, speed, epoch = [0.0] * 65, [0.0] * 65, 0
path = checkpoints + '/state.json'
if os.path.exists(path):
    state = json.load(open(path))
    weights, speed, epoch = state['weights'], state['speed'], state['epoch']
    version, internal, gauss = state['random']
    rng.setstate((version, tuple(internal), gauss))
    print('goes on from epoch', epoch)

def step(x, y):
    p = 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, x))))
    for i, v in enumerate(x):
        speed[i] = 0.9 * speed[i] - 0.02 * (p - y) * v
        weights[i] += speed[i]
    return -math.log(max(1e-12, p if y else 1 - p))

while epoch < epochs:
    order = list(range(len(rows)))
    rng.shuffle(order)
    loss = sum(step(*rows[index]) for index in order) / len(rows)
    epoch += 1
    print(f'epoch={epoch} loss={loss!r};')
    if epoch % 10 == 0:
        with open(path + '.new', 'w') as file:
            json.dump({'weights': weights, 'speed': speed, 'epoch': epoch, 'random': rng.getstate()}, file)
        os.replace(path + '.new', path)
    time.sleep(float(hyperparameters['pause']))
right = sum((sum(w * v for w, v in zip(weights, x)) > 0) == bool(y) for x, y in rows)
json.dump({'loss': loss, 'accuracy': right / len(rows)}, open(model + '/metrics.json', 'w'))
json.dump(weights, open(model + '/weights.json', 'w'))
`;
