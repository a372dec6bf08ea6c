import { enableCompileCache, flushCompileCache } from 'node:module';

/** The script of a child process: imports one handler, and answers events with it until its parent goes. */

export interface AskedEvent {
  readonly id: number;
  readonly event: unknown;
}

/** What a function tells of an error: its name is what a workflow goes by. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  /** Of an error of ours. */
  readonly code?: string;
  readonly fix?: string;
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ToldError };

type Handler = (event: unknown) => Promise<unknown>;

enableCompileCache();
// A Ctrl-C reaches every process of a terminal, and it is the parent that decides what it means.
process.on('SIGINT', () => undefined);
// Not exit(): ONNX Runtime aborts when it is torn down in the middle of a run, and here nobody is left to be told.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (asked: AskedEvent) => void answer(asked));

// Imported once, when it is first asked: what goes wrong in it is told as any other error.
let handler: Promise<Handler> | undefined;
const load = async (): Promise<Handler> =>
  ((await import(process.argv[2] as string)) as { readonly handler: Handler }).handler;

async function answer({ id, event }: AskedEvent): Promise<void> {
  try {
    const handle = await (handler ??= load());
    send({ id, result: await handle(event) });
    if (id === 1) flushCompileCache(); // it is killed one day, and the next one is to begin sooner
  } catch (error) {
    send({ id, error: told(error) });
  }
}

function told(error: unknown): ToldError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, code, fix } = error as Error & { readonly code?: unknown; readonly fix?: unknown };
  return {
    name,
    message,
    ...(typeof code === 'string' && { code }),
    ...(typeof fix === 'string' && { fix }),
  };
}

const send = (message: Answer): void => void process.send?.(message);
