import { CloudWatchLogsClient, GetLogEventsCommand, type GetLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs';
import type { LogLine } from '#core/training/agent/lines.ts';
import type { LogPlace } from '#core/training/agent/task-metadata.ts';
import { asking, isAwsError } from '../../aws/aws-errors.ts';

/** Pages that are read at once; each has 10,000 lines, or 1 MB. */
const MOST_PAGES = 10;

/** Reads a container's log from its beginning, each line once. */
export class ContainerLog {
  readonly #place: LogPlace;
  readonly #client: CloudWatchLogsClient;
  #token: string | undefined;

  constructor(place: LogPlace) {
    this.#place = place;
    this.#client = new CloudWatchLogsClient({
      maxAttempts: 3,
      ...(place.region !== undefined && { region: place.region }),
    });
  }

  /** What has come since this was last asked; nothing as long as there is no log. Throws `aws.*`. */
  async read(): Promise<readonly LogLine[]> {
    const lines: LogLine[] = [];
    for (let page = 0; page < MOST_PAGES; page++) {
      const { events = [], nextForwardToken } = await this.#page();
      for (const { message = '', timestamp = Date.now() } of events) lines.push({ text: message, at: timestamp });
      // Source: the API reference of CloudWatch Logs, `GetLogEvents`: at the end the token stays as it is.
      if (nextForwardToken === undefined || nextForwardToken === this.#token) break;
      this.#token = nextForwardToken;
    }
    return lines;
  }

  async #page(): Promise<GetLogEventsResponse> {
    const { group, stream } = this.#place;
    const command = new GetLogEventsCommand({
      logGroupName: group,
      logStreamName: stream,
      startFromHead: true,
      ...(this.#token !== undefined && { nextToken: this.#token }),
    });
    try {
      return await asking({ action: 'logs:GetLogEvents', resource: group }, () => this.#client.send(command));
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return {}; // it is made with the first line
      throw error;
    }
  }
}
