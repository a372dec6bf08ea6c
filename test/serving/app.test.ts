import type { Signature } from '#core/model/signature.ts';
import { createApp } from '#serving/app.ts';
import { ECHOES, echoModel } from '../contracts/echo-model.ts';
import { oipBadRequestContract } from '../contracts/oip-bad-requests.ts';
import { overFetch, type Send } from '../contracts/oip-client.ts';
import { MAX_BODY_BYTES, oipDoorContract } from '../contracts/oip-door.ts';
import { contractHost } from '../contracts/oip-host.ts';

async function open(): Promise<Send> {
  const host = await contractHost(async (fixture) => echoModel(ECHOES[fixture] as Signature));
  return overFetch(createApp(host, { maxBodyBytes: MAX_BODY_BYTES }).fetch);
}

oipDoorContract(open);
oipBadRequestContract(open);
