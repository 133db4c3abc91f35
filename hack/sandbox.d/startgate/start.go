package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// startedAt has milliseconds: times in a pod's status have whole seconds only, too coarse for `sleep 0.5`. The stage
// pod-complete reads it.
const startedAt = "sandbox.neoburst.io/started-at"

// addressPool gives pod addresses beside kwok's own range (10.244.0.0/16), never one twice in 65,024.
type addressPool struct{ given atomic.Uint32 }

func (p *addressPool) next() string {
	n := p.given.Add(1)
	return fmt.Sprintf("10.245.%d.%d", n/254%256, n%254+1)
}

// runningPod is the part of a pod that a kubelet writes when the containers have started.
type runningPod struct {
	Metadata runningMeta      `json:"metadata"`
	Status   corev1.PodStatus `json:"status"`
}

type runningMeta struct {
	UID             types.UID         `json:"uid"`
	ResourceVersion string            `json:"resourceVersion"`
	Annotations     map[string]string `json:"annotations"`
}

// startPatch is the strategic merge patch of the status of a pod whose containers start now. With UID and version in
// it, it hits neither a younger pod of the same name nor one that changed meanwhile: the API server answers Conflict.
func startPatch(pod *corev1.Pod, ip string) ([]byte, error) {
	now := metav1.NewTime(time.Now())
	started := now
	conditions := []corev1.PodCondition{}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled {
			started = condition.LastTransitionTime
		}
	}
	if pod.Status.StartTime != nil {
		started = *pod.Status.StartTime
	}
	isTrue := func(kind corev1.PodConditionType) {
		conditions = append(conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady} {
		isTrue(kind)
	}
	for _, gate := range pod.Spec.ReadinessGates {
		isTrue(gate.ConditionType)
	}
	status := corev1.PodStatus{
		Phase: corev1.PodRunning, StartTime: &started, Conditions: conditions,
		HostIP: "127.0.0.1", HostIPs: []corev1.HostIP{{IP: "127.0.0.1"}},
		PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}},
	}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
	for i := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, containerStatus(pod, &pod.Spec.Containers[i], running, true))
	}
	for i := range pod.Spec.InitContainers {
		container := &pod.Spec.InitContainers[i]
		state, sidecar := running, container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways
		if !sidecar {
			state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}}
		}
		status.InitContainerStatuses = append(status.InitContainerStatuses, containerStatus(pod, container, state, sidecar))
	}
	return json.Marshal(runningPod{
		Metadata: runningMeta{UID: pod.UID, ResourceVersion: pod.ResourceVersion,
			Annotations: map[string]string{startedAt: strconv.FormatInt(now.UnixMilli(), 10)}},
		Status: status,
	})
}

func containerStatus(pod *corev1.Pod, container *corev1.Container, state corev1.ContainerState, started bool) corev1.ContainerStatus {
	return corev1.ContainerStatus{
		Name: container.Name, Image: container.Image, State: state, Ready: true, Started: &started,
		ImageID:     fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(container.Image))),
		ContainerID: fmt.Sprintf("containerd://%x", sha256.Sum256([]byte(string(pod.UID)+"/"+container.Name))),
	}
}
