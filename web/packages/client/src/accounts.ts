/** The accounts of those who run gatherings, as administrators see them, and their changes with the opposite of each. */
import type { Account, AccountChange, NewAccount, Problem } from '@plenary/api/types';

import type { Notices } from './notices';
import type { OrgRequests } from './org-requests';

export type AccountsView =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  | { at: 'shown'; accounts: Account[] };

export class Accounts {
  view: AccountsView = { at: 'asking' };

  constructor(
    private readonly requests: OrgRequests,
    private readonly notices: Notices,
    private readonly changed: () => void,
  ) {}

  /** Asks for all of them. */
  async load(): Promise<void> {
    const answered = await this.requests.accounts();
    if ('problem' in answered) this.show({ at: 'problem', problem: answered.problem });
    else this.show({ at: 'shown', accounts: answered.ok });
  }

  /** An account never goes away again: undone, it is disabled. */
  async create(account: NewAccount): Promise<Problem | null> {
    const answered = await this.requests.createAccount(account);
    if ('problem' in answered) return answered.problem;
    await this.load();
    const { id, name } = answered.ok;
    this.notices.tell('account_created', name, () => this.alter(id, { state: 'disabled' }));
    return null;
  }

  async change(was: Account, change: AccountChange): Promise<Problem | null> {
    const problem = await this.alter(was.id, change);
    if (problem !== null) return problem;
    const back = accountBefore(was, change);
    this.notices.tell('account_changed', change.name ?? was.name, () => this.alter(was.id, back));
    return null;
  }

  /** Nobody knows the old password, so this is not undone. */
  async setPassword({ id, name }: Account, password: string): Promise<Problem | null> {
    const problem = await this.requests.setPassword(id, password);
    if (problem === null) this.notices.tell('password_set', name, null);
    return problem;
  }

  private async alter(account: string, change: AccountChange): Promise<Problem | null> {
    const answered = await this.requests.changeAccount(account, change);
    if ('problem' in answered) return answered.problem;
    const { view } = this;
    if (view.at === 'shown') {
      const accounts = view.accounts.map((one) => (one.id === account ? answered.ok : one));
      this.show({ at: 'shown', accounts });
    }
    return null;
  }

  private show(view: AccountsView): void {
    this.view = view;
    this.changed();
  }
}

/** What brings an account back to how it was, for what a change names. */
export function accountBefore(was: Account, change: AccountChange): AccountChange {
  const before: Required<AccountChange> = {
    login: was.login,
    name: was.name,
    state: was.state,
    roles: was.roles,
    person: was.person ?? '',
  };
  const named = Object.keys(change) as (keyof AccountChange)[];
  return Object.fromEntries(named.map((field) => [field, before[field]]));
}
