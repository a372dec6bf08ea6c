import { listOf, property, referred, type Resource, type Resources, resourcesOf, textOf } from './template.ts';

/** One thing that a policy lets somebody do. */
export interface Permission {
  /** The logical id of the role, or of the resource whose own policy it is. */
  readonly holder: string;
  readonly action: string;
  readonly resource: string;
}

/** A wildcard that is right, and why. */
export interface Allowance {
  readonly holder: RegExp;
  readonly action: RegExp;
  readonly resource: RegExp;
  readonly reason: string;
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | string[];
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
}

interface Document {
  readonly Statement: Statement | Statement[];
}

/** Everything that roles are let do: by inline policies, and by policies that are attached to them. */
export const permissionsOf = (resources: Resources): Permission[] =>
  documentsByHolder(resources).flatMap(([holder, document]) => permissions(holder, document));

/** What roles are not let do, whatever else lets them: of all resources but these. */
export interface Denial {
  readonly holder: string;
  readonly action: string;
  readonly except: readonly string[];
}

export const denialsOf = (resources: Resources): Denial[] =>
  documentsByHolder(resources).flatMap(([holder, document]) =>
    listOf(document?.Statement)
      .filter(({ Effect, NotResource }) => Effect === 'Deny' && NotResource !== undefined)
      .flatMap(({ Action, NotResource }) => {
        const except = listOf(NotResource as unknown[]).map(textOf);
        return listOf(Action).map((action) => ({ holder, action, except }));
      }),
  );

function documentsByHolder(resources: Resources): [holder: string, document: Document | undefined][] {
  const attached = resourcesOf(resources, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').flatMap(([id, resource]) => {
    const holders = listOf(property<unknown[]>(resource, 'Roles')).map((role) => referred(role) ?? textOf(role));
    const document = property<Document>(resource, 'PolicyDocument');
    return (holders.length > 0 ? holders : [id]).map((holder): [string, typeof document] => [holder, document]);
  });
  const inline = resourcesOf(resources, 'AWS::IAM::Role').flatMap(([id, role]) =>
    listOf(property<{ PolicyDocument: Document }[]>(role, 'Policies')).map(({ PolicyDocument }): [string, Document] => [
      id,
      PolicyDocument,
    ]),
  );
  return [...attached, ...inline];
}

function permissions(holder: string, document: Document | undefined): Permission[] {
  return listOf(document?.Statement)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap((statement) => {
      // What is not excluded is allowed: as wide as it gets.
      const actions = statement.NotAction ? ['*'] : listOf(statement.Action);
      const targets = statement.NotResource ? ['*'] : listOf(statement.Resource as unknown[]).map(textOf);
      return actions.flatMap((action) => targets.map((resource) => ({ holder, action, resource })));
    });
}

/** What says `*`, in its action or its resource. */
export const wide = (permissions: readonly Permission[]): Permission[] =>
  permissions.filter(({ action, resource }) => `${action} ${resource}`.includes('*'));

export const allows = (allowance: Allowance, { holder, action, resource }: Permission): boolean =>
  allowance.holder.test(holder) && allowance.action.test(action) && allowance.resource.test(resource);

/** What anybody at all is let do by a resource's own policy. Denials are for anybody, and are right to be. */
export function openToAnybody(resources: Resources): string[] {
  return Object.entries(resources).flatMap(([id, resource]) =>
    documentsOf(resource)
      .flatMap(({ Statement }) => listOf(Statement))
      .filter(({ Effect, Principal }) => Effect === 'Allow' && /"\*"/.test(JSON.stringify({ Principal })))
      .map(({ Action }) => `${id}: ${String(Action)}`),
  );
}

const DOCUMENTS = ['PolicyDocument', 'AssumeRolePolicyDocument', 'KeyPolicy', 'RepositoryPolicyText', 'Policy'];

const documentsOf = (resource: Resource): Document[] =>
  DOCUMENTS.flatMap((name) => listOf(property<Document>(resource, name))).filter(({ Statement }) => Statement);

/** Who may take a role on, as `Service:lambda.amazonaws.com`. */
export const trusted = (role: Resource): string[] =>
  listOf(property<Document>(role, 'AssumeRolePolicyDocument')?.Statement).flatMap(({ Principal }) =>
    Object.entries(Principal ?? {}).map(([kind, name]) => `${kind}:${textOf(name)}`),
  );
