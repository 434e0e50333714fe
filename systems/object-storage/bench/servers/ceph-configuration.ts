// The configuration of a Ceph cluster of one monitor, one OSD and one gateway on this machine.
// https://docs.ceph.com/en/pacific/rados/configuration/

export function cephConfiguration(options: {
  /** Id of the cluster. */
  readonly cluster: string;
  readonly directory: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
}): string {
  const { cluster, directory, monitorPort, gatewayPort } = options;
  const settings = {
    fsid: cluster,
    'mon host': `[v2:127.0.0.1:${monitorPort}]`,
    'mon initial members': 'a',
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    'auth cluster required': 'none',
    'auth service required': 'none',
    'auth client required': 'none',
    // The gateway asks for an encrypted connection, which needs authentication.
    'ms mon client mode': 'crc',
    // One copy on one disk, as ours keeps one.
    'osd pool default size': '1',
    'osd pool default min size': '1',
    'osd pool default pg num': '8',
    'osd pool default pg autoscale mode': 'off',
    'osd crush chooseleaf type': '0',
    'mon allow pool size one': 'true',
    'osd objectstore': 'bluestore',
    'bluestore block create': 'true',
    'bluestore block size': String(20 * 1024 ** 3),
    'run dir': directory,
    'admin socket': `${directory}/$name.asok`,
    'mon data': `${directory}/monitor`,
    'osd data': `${directory}/disk`,
    'rgw data': `${directory}/gateway`,
    'rgw frontends': `beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1`,
    'log file': '/dev/null',
    'debug ms': '0/0',
    'debug rgw': '0/0',
    'debug osd': '0/0',
    'debug bluestore': '0/0',
  };
  return ['[global]', ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`), ''].join(
    '\n',
  );
}
