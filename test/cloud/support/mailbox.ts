import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { EmulatedAws } from './emulated-aws.ts';
import { eventually } from './eventually.ts';

/** What an alarm says when it changes its state. */
export interface Notice {
  readonly AlarmName: string;
  readonly NewStateValue: string;
  readonly OldStateValue: string;
}

const LET_SNS_SEND = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
  ],
};

/** A queue that hears what alarms say. */
export class Mailbox {
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #received: Notice[] = [];

  private constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  /** Of a queue that is subscribed already. */
  static of(aws: EmulatedAws, queueUrl: string): Mailbox {
    return new Mailbox(new SQSClient(aws.config), queueUrl);
  }

  /** A new queue, subscribed to the topic of this name. */
  static async subscribe(aws: EmulatedAws, topicName: string): Promise<Mailbox> {
    const sqs = new SQSClient(aws.config);
    const create = { QueueName: `${topicName}-mailbox`, Attributes: { Policy: JSON.stringify(LET_SNS_SEND) } };
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand(create));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await subscribe(aws, topicName, Attributes?.QueueArn ?? '');
    return new Mailbox(sqs, QueueUrl);
  }

  /** The notice that `alarm` went to `state`, once it has come; each is given once. */
  async next(alarm: string, state: string): Promise<Notice> {
    return eventually(`a notice that ${alarm} is in ${state}`, async () => {
      await this.#receive();
      const index = this.#received.findIndex((one) => one.AlarmName === alarm && one.NewStateValue === state);
      return index < 0 ? undefined : this.#received.splice(index, 1)[0];
    });
  }

  /** Forgets what has come so far. */
  async empty(): Promise<void> {
    let before: number;
    do {
      before = this.#received.length;
      await this.#receive();
    } while (this.#received.length > before);
    this.#received.length = 0;
  }

  close(): void {
    this.#sqs.destroy();
  }

  async #receive(): Promise<void> {
    const QueueUrl = this.#queueUrl;
    const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body, ReceiptHandle } of Messages) {
      this.#received.push(JSON.parse((JSON.parse(Body ?? '') as { Message: string }).Message) as Notice);
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

async function subscribe(aws: EmulatedAws, topicName: string, queueArn: string): Promise<void> {
  const sns = new SNSClient(aws.config);
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  const topic = Topics.find(({ TopicArn }) => TopicArn?.endsWith(`:${topicName}`));
  if (!topic) throw new Error(`there is no topic ${topicName}: ${JSON.stringify(Topics)}`);
  await sns.send(new SubscribeCommand({ TopicArn: topic.TopicArn, Protocol: 'sqs', Endpoint: queueArn }));
  sns.destroy();
}
