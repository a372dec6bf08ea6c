/** Where a container's log goes, as CloudWatch Logs names it. */
export interface LogPlace {
  readonly group: string;
  readonly stream: string;
  /** @default - the task's own */
  readonly region?: string;
}

/** What is read of a container of a task. */
export interface TaskContainer {
  readonly name: string;
  /** Whether it runs, or has run. */
  readonly begun: boolean;
  readonly stopped: boolean;
  /** Of one that has stopped. @default - it was never begun, or nobody knows */
  readonly exitCode?: number;
  /** @default - it goes nowhere that could be read */
  readonly log?: LogPlace;
}

export interface TaskMetadata {
  /** ECS wants the task to end: its host goes away, or somebody ends the job. */
  readonly stopping: boolean;
  readonly containers: readonly TaskContainer[];
}

/**
 * What ECS tells a container of its task; undefined for what is no such answer. Source: the Amazon ECS developer guide,
 * "Task metadata endpoint version 4", and the agent's `ecs-agent/tmds/handlers/v4/state/response.go`.
 */
export function readTaskMetadata(value: unknown): TaskMetadata | undefined {
  const task = recordOf(value);
  const containers = task?.['Containers'];
  if (!task || !Array.isArray(containers)) return undefined;
  return { stopping: task['DesiredStatus'] === 'STOPPED', containers: containers.flatMap(readContainer) };
}

function readContainer(value: unknown): TaskContainer[] {
  const container = recordOf(value);
  const name = container?.['Name'];
  if (!container || typeof name !== 'string') return [];
  const exitCode = container['ExitCode'];
  const log = container['LogDriver'] === 'awslogs' ? readLog(recordOf(container['LogOptions'])) : undefined;
  const known = container['KnownStatus'];
  return [
    {
      name,
      begun: known === 'RUNNING' || known === 'STOPPED' || known === 'RESOURCES_PROVISIONED',
      stopped: known === 'STOPPED',
      ...(Number.isInteger(exitCode) && { exitCode: exitCode as number }),
      ...(log && { log }),
    },
  ];
}

function readLog(options: Readonly<Record<string, unknown>> | undefined): LogPlace | undefined {
  const [group, stream, region] = ['group', 'stream', 'region'].map((name) => options?.[`awslogs-${name}`]);
  if (typeof group !== 'string' || typeof stream !== 'string') return undefined;
  return { group, stream, ...(typeof region === 'string' && { region }) };
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
