import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the toy function is asked to do. */
export type ToyEvent =
  | { readonly do: 'echo' | 'slowly'; readonly value: unknown }
  | { readonly do: 'environment'; readonly name: string }
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'throw'; readonly name?: string; readonly message: string; readonly code?: string }
  | { readonly do: 'reject'; readonly value: unknown }
  /** Dies by its own hand, unless the file `unless` is there. */
  | { readonly do: 'die'; readonly unless?: string }
  | { readonly do: 'exhaust' }
  /** Answers nothing, ever, and holds its thread. */
  | { readonly do: 'spin' };

/** @public Imported by its path, as handlers are. */
export async function handler(event: ToyEvent): Promise<unknown> {
  if (event.do === 'echo') return event.value;
  if (event.do === 'slowly') return sleep(10, event.value);
  if (event.do === 'environment') return { value: process.env[event.name], pid: process.pid };
  if (event.do === 'sleep') return sleep(event.ms, process.pid);
  if (event.do === 'throw') {
    const { name, message, code } = event;
    throw Object.assign(new Error(message), name && { name }, code && { code, fix: 'Do otherwise.' });
  }
  if (event.do === 'reject') throw event.value;
  if (event.do === 'die') {
    if (event.unless === undefined || !existsSync(event.unless)) process.kill(process.pid, 'SIGKILL');
    return 'alive';
  }
  if (event.do === 'exhaust') return exhaust();
  for (;;);
}

function exhaust(): unknown {
  const held: string[] = [];
  for (;;) held.push('x'.repeat(1_000_000) + String(held.length));
}
