import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request to an API of the query protocol (STS, CloudFormation): its action and parameters. */
export interface Query {
  readonly action: string;
  readonly parameters: URLSearchParams;
}

export interface QueryAnswer {
  /** @default 200 */
  readonly status?: number;
  readonly body: string;
}

/** Answers as STS and CloudFormation do, in what a test lets them say. */
export async function queryServer(answer: (query: Query) => QueryAnswer) {
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1');
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parameters = new URLSearchParams(await text(request));
    const { status = 200, body } = answer({ action: parameters.get('Action') ?? '', parameters });
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  }
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The error document of the query protocol. */
export const queryError = (status: number, code: string, message: string): QueryAnswer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
});

export const callerIdentityAnswer = (account: string, arn = `arn:aws:iam::${account}:user/ada`): QueryAnswer => ({
  body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>u</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
});

export interface DescribedStack {
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly updated?: string;
}

export function stacksAnswer(stack: DescribedStack): QueryAnswer {
  const { name, status, reason, outputs = {}, updated } = stack;
  const members = Object.entries(outputs)
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join('');
  return {
    body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>${status}</StackStatus>${reason ? `<StackStatusReason>${reason}</StackStatusReason>` : ''}<CreationTime>2026-11-01T00:00:00.000Z</CreationTime>${updated ? `<LastUpdatedTime>${updated}</LastUpdatedTime>` : ''}<Outputs>${members}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  };
}

export const noStack = (name: string): QueryAnswer =>
  queryError(400, 'ValidationError', `Stack with id ${name} does not exist`);
