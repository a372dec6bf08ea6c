import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { asking } from './aws-errors.ts';

/** What SNS takes of a subject: ASCII of one line. Source: the API reference of SNS, `Publish`. */
const LONGEST_SUBJECT = 100;

/** Tells everybody who has subscribed to the topic. Throws `aws.*`. */
export async function publishNews(
  topic: string,
  { subject, message }: { readonly subject: string; readonly message: string },
): Promise<void> {
  const [, , , region = ''] = topic.split(':');
  const client = new SNSClient({ region, maxAttempts: 3 });
  const Subject = subject.replace(/[^ -~]/g, '?').slice(0, LONGEST_SUBJECT);
  try {
    const command = new PublishCommand({ TopicArn: topic, Subject, Message: message });
    await asking({ action: 'sns:Publish', resource: `topic ${topic}` }, () => client.send(command));
  } finally {
    client.destroy();
  }
}
