#pragma once

#include <cstddef>

#include "program/log_options.h"

/// Where a program starts:
///
///   main.cc      reads the command line (options.cc) and runs the App that it asks for
///   App::run()   start_service(), then the composition root: makes everything, starts it, waits for the end
///
/// This folder has what all programs do on that way: common parts of the command line (listen_address,
/// log_options), the cluster to work in (kubeconfig_choice), names and version (identity), the one replica
/// that leads (leadership), the end (shutdown).
namespace program {

/// What a service begins with, before its first other thread: logging, and memory for many threads of which
/// most only wait.
void start_service(const LogOptions& log);

/// Lets this process have as many descriptors open as it may (the soft limit is 1024 on many machines, which
/// a few hundred streams use up), and returns how many that are.
std::size_t raise_descriptor_limit();

/// Gives threads that start from now on 1 MiB of stack each: there are many, and most only wait.
void limit_thread_stacks();

}  // namespace program
