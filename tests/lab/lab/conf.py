# SPDX-License-Identifier: Apache-2.0
"""Text of a cluster.conf for scenarios: nodes n1.., fence methods through fence_lab, services of scripts."""

OFF = (("power", ("switch",)),)


def cluster_conf(nodes=2, methods=OFF, action="off", post_join_delay=2, delays=None, rm="",
                 totem='token="1000"', votes=None, rm_words=""):
    """`methods`: (method name, device names) in order; a device is one of the power switch's.

    `delays`: node name -> seconds the agent waits before it switches that node. `rm`: inside of <rm>.
    `votes`: node name -> votes, where not 1. `rm_words`: attributes of <rm>.
    """
    names = [f"n{number}" for number in range(1, nodes + 1)]
    devices = sorted({device for _, used in methods for device in used})
    two_node = '<cman two_node="1" expected_votes="1"/>' if nodes == 2 else ""
    return "\n".join([
        '<cluster name="lab" config_version="1">', two_node, f"<totem {totem}/>",
        f'<fence_daemon post_join_delay="{post_join_delay}"/>', "<clusternodes>",
        *(_node(number, name, methods, action, (delays or {}).get(name),
                (votes or {}).get(name))
          for number, name in enumerate(names, 1)),
        "</clusternodes>", "<fencedevices>",
        *(f'<fencedevice name="{device}" agent="fence_lab" ipaddr="{device}"/>' for device in devices),
        "</fencedevices>", f"<rm{rm_words}>{rm}</rm>", "</cluster>", ""])


def _node(number, name, methods, action, delay, votes):
    late = f' delay="{delay}"' if delay else ""
    many = f' votes="{votes}"' if votes else ""
    lines = [f'<clusternode name="{name}" nodeid="{number}"{many}><fence>']
    for method, devices in methods:
        calls = "".join(f'<device name="{device}" port="{name}" action="{action}"{late}/>'
                        for device in devices)
        lines.append(f'<method name="{method}">{calls}</method>')
    return "\n".join(lines + ["</fence></clusternode>"])


def script_service(name, domain=None, recovery="relocate", check=None, address=None, **attributes):
    """A service of one script that keeps the journal; checked every `check` seconds, if given.

    With `address` the script stands on a floating address.
    """
    checked = f'<action name="status" interval="{check}" depth="*"/>' if check else ""
    script = f'<script name="{name}" file="/lab/services/{name}">{checked}</script>'
    if address:
        script = f'<ip address="{address}" monitor_link="0">{script}</ip>'
    words = "".join(f' {key}="{value}"' for key, value in attributes.items())
    words += f' domain="{domain}"' if domain else ""
    return f'<service name="{name}" recovery="{recovery}"{words}>{script}</service>'


def prefer(name, *nodes, nofailback=1):
    """A failover domain: the nodes in order of preference."""
    members = "".join(f'<failoverdomainnode name="{node}" priority="{rank}"/>'
                      for rank, node in enumerate(nodes, 1))
    return f'<failoverdomain name="{name}" ordered="1" nofailback="{nofailback}">{members}</failoverdomain>'
