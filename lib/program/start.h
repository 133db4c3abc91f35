#pragma once

#include <cstddef>

#include "program/log_options.h"

/// Where a program starts:
///
///   main.cc      reads the command line (options.cc) and runs the App that it asks for
///   App::run()   start_service(), then the composition root: makes everything, starts it, waits for the end
///
/// This folder has the parts that all programs share on that way: the command line's common options
/// (listen_address, log_options), the cluster to work in (kubeconfig_choice), names and version (identity),
/// the one replica that leads (leadership), the end (shutdown).
namespace program {

/// The first steps of a service, before its first other thread: logging, and memory settings for many threads
/// of which most only wait.
void start_service(const LogOptions& log);

/// Raises this process's limit of open descriptors as far as allowed, and returns it. The soft limit is 1024
/// on many machines, and a few hundred streams use that up.
std::size_t raise_descriptor_limit();

/// Gives threads that start from now on 1 MiB of stack each: there are many, and most only wait.
void limit_thread_stacks();

}  // namespace program
