import { monitorName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import { askFunction, findWorkflow, type WorkflowStage } from './stage-workflow.ts';

/** A stage whose models are watched. Throws `config.*`, `aws.*`, `deploy.wrong_account`, `monitor.no_function`. */
export const findMonitor = (name: string | undefined): Promise<WorkflowStage> =>
  findWorkflow(name, 'MonitorFunction', noFunction);

/** Has the function of monitoring answer. Throws by its own code what it throws. */
export const askMonitor = (found: WorkflowStage, event: object): Promise<unknown> =>
  askFunction(found, monitorName(found.stage), event, 'monitor.failed');

const noFunction = (stage: string): OnnwardError =>
  new OnnwardError(`Stage ${stage} has no monitoring: no model of it has watch.`, {
    code: 'monitor.no_function',
    kind: 'not-found',
    fix: `Add watch: { drift: { then: 'notify' } } to a model of onnward.config.ts, and run \`onnward deploy --stage ${stage}\`.`,
    fields: { stage },
  });
