import { describe, expect, it } from '@jest/globals';
import { driverInImage as rule } from '../../../../../actions/lib/lint/rules/driver-in-image.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('driver-in-image', () => {
  it.each<[string, readonly string[]]>([
    ['RUN apt-get update && apt-get install -y \\\n  curl \\\n  nvidia-driver-550', ['nvidia-driver-550']],
    [
      'RUN apt-get install -y nvidia-utils-535=535.1 libnvidia-compute-535',
      ['nvidia-utils-535=535.1', 'libnvidia-compute-535'],
    ],
    ['RUN dnf install -y cuda-drivers', ['cuda-drivers']],
    [`ARG V=12-4\nRUN apt-get install -y cuda-\${V}`, [`cuda-\${V}`]],
    [
      'RUN <<EOF\napt-get update\napt-get install -y nvidia-container-toolkit\nEOF',
      ['nvidia-container-toolkit'],
    ],
    ['RUN yum -y install cuda', ['cuda']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM ubuntu:22.04\n${text}\n`)).toEqual(places);
  });

  it.each([
    'FROM ubuntu:22.04\nRUN apt-get install -y cuda-toolkit-12-4 cuda-nvcc-12-4 cuda-cudart-12-4',
    'FROM ubuntu:22.04\nRUN apt-get install -y nvidia-cuda-toolkit libnccl2',
    'FROM ubuntu:22.04\nRUN conda install cuda',
    'FROM ubuntu:22.04\nRUN pip install nvidia-cublas-cu12',
    'FROM ubuntu:22.04\nRUN apt-get install -y docker-ce\nRUN apt-get install -y nvidia-container-toolkit',
    'FROM docker:27-dind\nRUN apk add nvidia-container-toolkit',
    'FROM rancher/k3s:v1.34.1-k3s1\nRUN apk add nvidia-container-toolkit',
    'FROM debian:12 AS kit\nRUN apt-get install -y nvidia-container-toolkit\nFROM a\nCOPY --from=kit /usr/bin/nvidia-ctk /usr/bin/',
    'FROM ubuntu:22.04\nRUN apt-get remove -y nvidia-driver-550',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it('names what to install instead', async () => {
    const [found] = await findings(rule, 'FROM ubuntu:22.04\nRUN apt-get install -y cuda-12-4\n');
    expect(found?.message).toContain('"cuda-toolkit-12-4"');
  });
});
