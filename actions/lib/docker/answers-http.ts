import { get, type IncomingHttpHeaders, type RequestOptions } from 'node:http';

/** Tells whether a GET on this machine is answered with 200 within two seconds, and with headers that are expected. */
export function answersHttp(
  where: Pick<RequestOptions, 'socketPath' | 'host' | 'port' | 'path'>,
  expected: (headers: IncomingHttpHeaders) => boolean = () => true,
): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ ...where, timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 && expected(response.headers));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
