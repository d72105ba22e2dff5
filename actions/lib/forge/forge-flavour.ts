/** In what forges with an API like GitHub's differ. */
export interface ForgeFlavour {
  /** Of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** How a dispatch is asked which run it starts. */
  readonly runDetails: {
    readonly place: 'body' | 'query';
    readonly name: string;
    /** Fields of the answer. */
    readonly id: string;
    readonly url: string;
  };
}

/** github.com, ghe.com and servers of one's own. The version is the oldest still served: newer ones are refused by older servers. */
export const GITHUB: ForgeFlavour = {
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  runDetails: { place: 'body', name: 'return_run_details', id: 'workflow_run_id', url: 'html_url' },
};
