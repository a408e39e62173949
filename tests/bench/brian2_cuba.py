"""
The peer of the CUBA benchmark: Brian2's C++ standalone device in double precision, on one thread, its profiler off.

    python3 brian2_cuba.py FOLDER BIOLOGICAL_SECONDS

FOLDER holds the network that our module runs, as brian2.ts wrote it: start.f64, the potentials in mV, and for each
receptor pre.i32 and post.i32, its synapses in the order of their sources. Brian2 writes its project to
FOLDER/standalone and compiles it with its own flags; the last line of the output is JSON and says where the binary is.

The binary reads the network, simulates it, and prints what its clocks said around the simulation alone:

    {"wallSeconds": 0.91, "cpuSeconds": 0.91, "spikes": 228460}

Nothing is recorded: the monitor counts, as our module does. Exit code 3: there is no Brian2.
"""

import json
import os
import sys

try:
    import brian2 as b
except ImportError:
    sys.exit(3)
import numpy as np

folder = os.path.abspath(sys.argv[1])
project = os.path.join(folder, "standalone")


def column(name, dtype):
    return np.fromfile(os.path.join(folder, name), dtype=dtype)


b.set_device("cpp_standalone", build_on_run=False)
b.prefs.codegen.cpp.headers += ["<chrono>", "<cstdio>"]
b.defaultclock.dt = 0.1 * b.ms

# as in host/network/named/cuba.ts
constants = {
    "tau_m": 20 * b.ms,
    "tau_e": 5 * b.ms,
    "tau_i": 10 * b.ms,
    "v_leak": -49 * b.mV,
    "v_threshold": -50 * b.mV,
    "v_reset": -60 * b.mV,
    "w_e": 1.62 * b.mV,
    "w_i": -9 * b.mV,
}
start = column("start.f64", np.float64)
neurons = b.NeuronGroup(
    len(start),
    """
    dv/dt = (g_e + g_i - (v - v_leak)) / tau_m : volt (unless refractory)
    dg_e/dt = -g_e / tau_e : volt
    dg_i/dt = -g_i / tau_i : volt
    """,
    threshold="v > v_threshold",
    reset="v = v_reset",
    refractory=5 * b.ms,
    method="exact",
    namespace=constants,
)
neurons.v = start * b.mV
exc = b.Synapses(neurons, neurons, on_pre="g_e += w_e", namespace=constants)
exc.connect(i=column("exc.pre.i32", np.int32), j=column("exc.post.i32", np.int32))
inh = b.Synapses(neurons, neurons, on_pre="g_i += w_i", namespace=constants)
inh.connect(i=column("inh.pre.i32", np.int32), j=column("inh.post.i32", np.int32))
counter = b.SpikeMonitor(neurons, record=False)

b.device.insert_code(
    "before_network_run",
    """
    const std::clock_t cpu_start = std::clock();
    const auto wall_start = std::chrono::steady_clock::now();
    """,
)
b.device.insert_code(
    "after_network_run",
    r"""
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - wall_start;
    const double cpu = double(std::clock() - cpu_start) / CLOCKS_PER_SEC;
    std::printf("{\"wallSeconds\": %f, \"cpuSeconds\": %f, \"spikes\": %d}\n",
                wall.count(), cpu, int(COUNT[0]));
    """.replace("COUNT", b.device.get_array_name(counter.variables["N"])),
)
b.run(float(sys.argv[2]) * b.second, profile=False)
b.device.build(directory=project, compile=True, run=False)
print(json.dumps({"version": b.__version__, "binary": os.path.join(project, "main")}))
