import { OnnwardError } from '#core/errors.ts';

/** Whether there is a person at a terminal who can answer. */
const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Ends the command unless a person at the terminal agrees. Throws `usage.declined`, `usage.unconfirmed`. */
export async function askToGoOn(question: string): Promise<void> {
  if (!canAsk()) throw unconfirmed();
  const { confirm } = await import('@clack/prompts');
  if ((await confirm({ message: question, initialValue: false, output: process.stderr })) !== true) throw declined();
}

/** The same, by a word that nobody types by mistake. */
export async function askToType(question: string, word: string): Promise<void> {
  if (!canAsk()) throw unconfirmed();
  const { text } = await import('@clack/prompts');
  if ((await text({ message: question, placeholder: word, output: process.stderr })) !== word) throw declined();
}

const unconfirmed = (): OnnwardError =>
  new OnnwardError('There is no terminal to ask at, and nothing was changed.', {
    code: 'usage.unconfirmed',
    kind: 'invalid',
    fix: 'Give --yes to go on without being asked.',
  });

const declined = (): OnnwardError =>
  new OnnwardError('You did not agree, and nothing was changed.', { code: 'usage.declined', kind: 'invalid' });
