import { invalid } from '../errors.ts';

const PAST_GATES = 'it changes functions past CloudFormation, and what `live` stands on with them';
const OWN = 'Onnward says that to CDK itself';
const OTHER_PLACE = 'the account and region that were checked are to be the ones that are deployed to: set AWS_PROFILE';
const HALF = 'models go live after the stacks are deployed, and this deploys none: use `npx cdk deploy` for it';

/** Options of `cdk deploy` that `onnward deploy` does not pass on, by their names without dashes, each with its reason. */
const REFUSED: Readonly<Record<string, string>> = {
  'revert-drift': 'it points every `live` back to $LATEST: moving `live` is what it calls drift',
  hotswap: PAST_GATES,
  'hotswap-fallback': PAST_GATES,
  watch: PAST_GATES,
  execute: HALF,
  'no-execute': HALF,
  method: HALF,
  m: HALF,
  app: OWN,
  a: OWN,
  all: OWN,
  exclusively: OWN,
  e: OWN,
  'require-approval': OWN,
  'import-existing-resources': OWN,
  profile: OTHER_PLACE,
  region: OTHER_PLACE,
};

/** Lets only options pass to `cdk deploy` that leave `live` where it is. Throws `usage.cdk_option`. */
export function checkCdkOptions(words: readonly string[]): void {
  for (const [index, word] of words.entries()) {
    for (const name of optionNames(word)) {
      const reason = REFUSED[name] ?? contextReason(name, word, words[index + 1]);
      if (reason !== undefined) throw refused(word, reason);
    }
  }
}

/** CDK takes `--revertDrift` for `--revert-drift`, and `-fe` for `-f -e`, so we do. */
function optionNames(word: string): string[] {
  const [, short, long] = /^(?:-([a-z]+)|--([a-z][\w-]*))/i.exec(word) ?? [];
  if (short !== undefined) return short.split('');
  return long === undefined ? [] : [long.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)];
}

function contextReason(name: string, word: string, next: string | undefined): string | undefined {
  if (name !== 'context' && name !== 'c') return undefined;
  const value = word.includes('=') && word.startsWith('--') ? word.slice(word.indexOf('=') + 1) : next;
  return value?.startsWith('stage=') ? 'the stage is named by `--stage`' : undefined;
}

const refused = (word: string, reason: string) =>
  invalid('usage.cdk_option', `${word} is not passed on to CDK: ${reason}.`, {
    fix: 'Leave it out.',
    fields: { option: word },
  });
