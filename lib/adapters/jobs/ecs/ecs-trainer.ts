import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from '#core/training/agent/lines.ts';
import type { TaskContainer } from '#core/training/agent/task-metadata.ts';
import { exitInWords } from '#core/training/contract/exit-code.ts';
import type { TrainerProcess, TrainerStatus } from '../trainer-process.ts';
import { ContainerLog } from './container-log.ts';
import { askTask } from './task.ts';

/** How often CloudWatch Logs is asked, and for how long a trainer's last lines are waited for; milliseconds. */
export interface LogPace {
  /** An account may ask 25 times a second, for all its trainings. */
  readonly everyMs: number;
  /** The driver sends what it has every few seconds: that long nothing is to have come. */
  readonly quietMs: number;
  readonly lastMs: number;
}

const LOG_PACE: LogPace = { everyMs: 5000, quietMs: 6000, lastMs: 20_000 };

/** What the containers of a job are called. */
const FETCH = 'fetch';
const TRAINER = 'trainer';

/** The user's container beside the agent's, in a task of ECS. */
export class EcsTrainer implements TrainerProcess {
  readonly #endpoint: string;
  readonly #pace: LogPace;
  #log: ContainerLog | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  /** `endpoint` is what ECS's variable `ECS_CONTAINER_METADATA_URI_V4` says. */
  constructor(endpoint: string, pace: LogPace = LOG_PACE) {
    this.#endpoint = endpoint;
    this.#pace = pace;
  }

  async status(): Promise<TrainerStatus> {
    const { stopping, containers } = await askTask(this.#endpoint);
    const trainer = containers.find(({ name }) => name === TRAINER);
    if (trainer?.log) this.#log ??= new ContainerLog(trainer.log);
    return { ...(fetchFailed(containers) ?? standOf(trainer)), stopping };
  }

  /** Throws `aws.*`. */
  async lines(): Promise<readonly LogLine[]> {
    if (performance.now() - this.#readAt < this.#pace.everyMs) return [];
    return this.#read();
  }

  /** Throws `aws.*`. */
  async lastLines(): Promise<readonly LogLine[]> {
    const { everyMs, quietMs, lastMs } = this.#pace;
    const lines: LogLine[] = [];
    const end = performance.now() + lastMs;
    for (let cameAt = performance.now(); this.#log && performance.now() < Math.min(end, cameAt + quietMs);) {
      const more = await this.#read();
      if (more.length > 0) cameAt = performance.now();
      lines.push(...more);
      await sleep(Math.min(everyMs, quietMs / 3));
    }
    return lines;
  }

  async #read(): Promise<readonly LogLine[]> {
    this.#readAt = performance.now();
    return (await this.#log?.read()) ?? [];
  }
}

/** Without its inputs the trainer is never begun. */
function fetchFailed(containers: readonly TaskContainer[]): TrainerStatus | undefined {
  const fetching = containers.find(({ name }) => name === FETCH);
  if (!fetching?.stopped || fetching.exitCode === 0) return undefined;
  const { exitCode = 1 } = fetching;
  return { state: 'exited', exitCode, reason: `Bringing the inputs ended with ${exitInWords(exitCode)}.` };
}

function standOf(trainer: TaskContainer | undefined): TrainerStatus {
  if (!trainer?.begun) return { state: 'waiting' };
  if (!trainer.stopped) return { state: 'running' };
  if (trainer.exitCode !== undefined) return { state: 'exited', exitCode: trainer.exitCode };
  return { state: 'exited', exitCode: 1, reason: 'The container of the trainer was never begun: look at its image.' };
}
