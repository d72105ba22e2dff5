import { get, type RequestOptions } from 'node:http';

/** Tells whether a GET on this machine is answered with 200 within two seconds. */
export function answersHttp(
  where: Pick<RequestOptions, 'socketPath' | 'host' | 'port' | 'path'>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ ...where, timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
