import { serviceName } from '#core/deployment/names.ts';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { InferenceService } from '../inference-service.ts';

/** What is asked of the lines that functions write, by the names that the questions are saved under. */
export const QUERIES = {
  'errors by kind': `filter ispresent(errorCode)
| stats count(*) as requests by model, version, status, errorCode
| sort requests desc`,
  'latency by version': `filter ispresent(Latency)
| stats count(*) as requests, pct(Latency, 50) as p50, pct(Latency, 99) as p99, pct(readMs, 99) as read, pct(runMs, 99) as run, pct(writeMs, 99) as write by model, version, functionVersion`,
  'cold starts': `filter coldStart = 1
| stats count(*) as starts, avg(loadMs) as load, max(loadMs) as longest by model, bin(1h)`,
  'accuracy by version': `filter ispresent(Correct)
| stats count(*) as labelled, avg(Correct) as accuracy by model, version, functionVersion`,
  'cost by day': `filter ispresent(usd)
| stats sum(usd) as dollars, count(*) as requests, sum(rows) as rows by model, version, datefloor(@timestamp, 1d)`,
} as const;

/** That one query may be over. Source: the CloudWatch Logs API reference, PutQueryDefinition, "logGroupNames". */
const MOST_LOGS = 50;

/** Saves what people ask of the functions' logs, over all models of the stage; it costs nothing until it is asked. */
export function addQueries(scope: Construct, stage: string, services: readonly InferenceService[]): void {
  for (let at = 0; at < services.length; at += MOST_LOGS) {
    const part = at === 0 ? '' : ` ${at / MOST_LOGS + 1}`;
    const logGroupNames = services.slice(at, at + MOST_LOGS).map(({ logGroup }) => logGroup.logGroupName);
    for (const [name, queryString] of Object.entries(QUERIES)) {
      const id = `${name.replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase())}${part.trim()}`;
      new CfnQueryDefinition(scope, id, { name: `${serviceName(stage)}/${name}${part}`, queryString, logGroupNames });
    }
  }
}
