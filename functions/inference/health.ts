import { portOf } from './container/port.ts';

/** The image's health check: whether the server beside us, in the same container, has its models and answers in time. */
const LIMIT_MS = 2_000;

const url = `http://127.0.0.1:${portOf(process.env)}/ping`;
const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) }).catch((error: Error) => error);
const healthy = response instanceof Response && response.ok;
// oxlint-disable-next-line no-console -- what the container's engine keeps of a check is what it prints
console.log(response instanceof Response ? `${url} answers ${response.status}` : `${url}: ${response.message}`);
process.exitCode = healthy ? 0 : 1;
