import { DescribeJobDefinitionsCommand } from '@aws-sdk/client-batch';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { trainingName } from '#core/deployment/names.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { TrainingRequest } from '#core/training/events.ts';
import { readDocument } from '#core/training/store.ts';
import { trainingStatus, type TrainingStatus } from '#core/training/trainings.ts';
import { stageTrainingImage } from '#packaging/training-image.ts';
import { EmulatedBatch } from './batch.ts';
import type { EmulatedAws } from './emulated-aws.ts';
import { eventually } from './eventually.ts';
import { REPOSITORY } from './programs.ts';
import { type Ended, Workflows } from './workflows.ts';

/** Named stand-in for docker, as the environment of a deployment: see the script. */
export const WITHOUT_DOCKER = { CDK_DOCKER: join(REPOSITORY, 'test', 'cloud', 'support', 'no-docker.sh') };

const TRAINER = join(REPOSITORY, 'test', 'cloud', 'apps', 'trainer.ts');

/** The Python that trainers/tabular is installed for. */
export function trainerPython(): string {
  const cache = process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache', 'onnward');
  const python = join(cache, 'trainers', 'tabular', 'bin', 'python');
  if (!existsSync(python)) throw new Error(`${python} is not there: run test/trainers/install.sh tabular first`);
  return python;
}

/** Trainings of a stage, with what they leave in its store. */
export class StageTrainings {
  readonly workflows: Workflows<TrainingRequest>;
  readonly batch: EmulatedBatch;
  readonly #store: ObjectStore;

  constructor(aws: EmulatedAws, stage: string, store: ObjectStore) {
    this.workflows = new Workflows(aws, trainingName(stage));
    this.batch = new EmulatedBatch(aws);
    this.#store = store;
  }

  /** Says what the images of the deployed definitions are: `trainers` by the model's definition, the small one by default. */
  async bringImages(trainers: Readonly<Record<string, readonly string[]>>): Promise<void> {
    const { jobDefinitions = [] } = await this.batch.client.send(new DescribeJobDefinitionsCommand({}));
    const around = [process.execPath, join(stageTrainingImage().folder, 'task', 'main.mjs')];
    for (const { jobDefinitionName = '', ecsProperties, nodeProperties } of jobDefinitions) {
      const task = (ecsProperties ?? nodeProperties?.nodeRangeProperties?.[0]?.ecsProperties)?.taskProperties?.[0];
      for (const { name, image = '' } of task?.containers ?? []) {
        const entrypoint = name === 'trainer' ? (trainers[jobDefinitionName] ?? [process.execPath, TRAINER]) : around;
        this.batch.image(image, { entrypoint });
      }
    }
  }

  async status(training: string): Promise<TrainingStatus> {
    return trainingStatus(this.#store, training);
  }

  /** Once its job is known to AWS Batch, by its id there. */
  async job(training: string): Promise<string> {
    return eventually(`the job of ${training}`, async () => {
      const submitted = await readDocument(this.#store, training, 'submit');
      return submitted?.job.split('/').at(-1);
    });
  }

  /** Once it has ended. */
  async ended(training: string, seconds = 120): Promise<TrainingStatus> {
    const look = async () => {
      const status = await this.status(training).catch(() => undefined);
      return status?.end && status;
    };
    return eventually(`the end of ${training}`, look, seconds);
  }

  start(request: TrainingRequest): Promise<string> {
    return this.workflows.start(request);
  }

  execution(arn: string, seconds?: number): Promise<Ended> {
    return this.workflows.ended(arn, seconds);
  }

  close(): void {
    this.workflows.close();
    this.batch.close();
  }
}
