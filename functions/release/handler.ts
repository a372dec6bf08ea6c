import { randomBytes } from 'node:crypto';
import { ensureReceiptKey } from '#core/monitoring/receipt-keys.ts';
import { named } from '#core/named-error.ts';
import { runTask } from '#core/release/tasks.ts';
import { obey } from './commands.ts';
import { askedBy } from './events.ts';
import { act } from './happenings.ts';
import { open, type Opened } from './world.ts';

let opened: Promise<Opened> | undefined;

/**
 * What the workflow, people and EventBridge call: `handler.handler`. What it throws is named by its code, as the workflow
 * tells errors by their names.
 */
export async function handler(event: unknown): Promise<object> {
  try {
    return await answer(await openOnce(), event);
  } catch (error) {
    throw named(error);
  }
}

/** What could not be opened is tried again by the next call. */
function openOnce(): Promise<Opened> {
  if (opened) return opened;
  const opening = open(process.env);
  opening.catch(() => (opened = undefined));
  return (opened = opening);
}

async function answer(world: Opened, event: unknown): Promise<object> {
  const asked = askedBy(event, world.stage?.name);
  if (asked.kind === 'command') return obey(world.world, asked.command);
  if (asked.kind === 'happening') return act(world, asked.happening);
  // What is published may sign receipts from its first answer on.
  if (asked.task.task === 'publish') await ensureReceiptKey(world.world.store, randomBytes);
  return runTask(world.world, asked.task);
}
