import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import type { Signature } from '#core/model/signature.ts';
import { createApp } from '#serving/app.ts';
import { createResponder } from '#serving/events/respond.ts';
import type { Feedback } from '#serving/feedback/feedback.ts';
import { extendedHost } from '#serving/extended-host.ts';
import { shortDoor } from '#serving/events/short-door.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import type { Send } from '../../contracts/oip-client.ts';
import { MAX_BODY_BYTES, oipDoorContract } from '../../contracts/oip-door.ts';
import { contractHost } from '../../contracts/oip-host.ts';
import { receiptsDoorContract } from '../../contracts/receipts-door.ts';
import { sagemakerDoorContract } from '../../contracts/sagemaker-door.ts';
import { GATEWAYS } from '../../functions/inference/gateways.ts';

const newContext = () => ({ awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 30_000 });

const ways = GATEWAYS.flatMap((gateway) => [
  { gateway, name: gateway.name, isShort: false },
  { gateway, name: `${gateway.name} and the short door`, isShort: true },
]);

describe.each(ways)('through $name', ({ gateway, isShort }) => {
  const open = async (feedback?: Feedback): Promise<Send> => {
    const models = await contractHost(async (fixture) => echoModel(ECHOES[fixture] as Signature));
    const host = feedback ? extendedHost(models, { receipts: feedback.receipts }) : models;
    const limits = { maxBodyBytes: MAX_BODY_BYTES };
    const app = createApp(host, limits, { feedback });
    const fetch = Object.assign(
      (request: Request) => app.fetch(request),
      isShort && { short: shortDoor(host, limits) },
    );
    const handler = createResponder({ model: 'scalar', serve: async () => fetch });
    return async (request) => gateway.response(await handler(gateway.event(request), newContext()));
  };
  oipDoorContract(() => open());
  sagemakerDoorContract(() => open());
  receiptsDoorContract(open);
});
