// The start gate plays one part of a kubelet that kwok does not: the containers of a pod start only when the
// ConfigMaps it mounts exist. It starts those pods, in the shape of the kwok stage pod-start, which starts all others;
// what comes after the start is kwok's.
//
// A ConfigMap deleted later does not stop a container on a real node either.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

const (
	// The index of waiting pods by the ConfigMap they wait for.
	byConfigMap = "configmap"

	workers = 8
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the cluster whose pods are gated")
	listen := flag.String("listen", "127.0.0.1:0", "address of /healthz")
	exceptNode := flag.String("except-node", "", "name of a node with a kubelet of its own, whose pods are left alone")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *listen, *exceptNode); err != nil {
		log.Fatalf("startgate: %v", err)
	}
}

func run(ctx context.Context, kubeconfig, listen, exceptNode string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("reading kubeconfig %q: %w", kubeconfig, err)
	}
	config.QPS, config.Burst = 1000, 1000
	config.UserAgent = "neoburst-sandbox-startgate"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}

	g, err := newGate(client, exceptNode)
	if err != nil {
		return err
	}
	go serveHealth(listen, g)
	return g.run(ctx)
}

// gate holds what the workers need. Pods and ConfigMaps are read from informer caches only.
type gate struct {
	client     kubernetes.Interface
	pods       cache.SharedIndexInformer
	configMaps cache.SharedIndexInformer
	lister     corelisters.ConfigMapLister
	start      func(stop <-chan struct{})
	queue      workqueue.TypedRateLimitingInterface[string]
	addresses  addressPool
}

func newGate(client kubernetes.Interface, exceptNode string) (*gate, error) {
	// Unscheduled and finished pods need no gate; the API server leaves them out for us.
	scheduled := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.FieldSelector = fields.AndSelectors(
				fields.OneTermNotEqualSelector("spec.nodeName", ""),
				fields.OneTermNotEqualSelector("spec.nodeName", exceptNode),
				fields.OneTermNotEqualSelector("status.phase", string(corev1.PodSucceeded)),
				fields.OneTermNotEqualSelector("status.phase", string(corev1.PodFailed)),
			).String()
		}))
	everything := informers.NewSharedInformerFactory(client, 0)

	g := &gate{
		client:     client,
		pods:       scheduled.Core().V1().Pods().Informer(),
		configMaps: everything.Core().V1().ConfigMaps().Informer(),
		lister:     everything.Core().V1().ConfigMaps().Lister(),
		start:      func(stop <-chan struct{}) { scheduled.Start(stop); everything.Start(stop) },
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[string](20*time.Millisecond, 5*time.Second)),
	}
	if err := g.pods.AddIndexers(cache.Indexers{byConfigMap: waitedFor}); err != nil {
		return nil, err
	}
	if _, err := g.pods.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    g.enqueue,
		UpdateFunc: func(_, now any) { g.enqueue(now) },
	}); err != nil {
		return nil, err
	}
	// Only the appearance of a ConfigMap can open the gate: a change of its content does not matter here.
	_, err := g.configMaps.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: g.enqueueWaiting})
	return g, err
}

func (g *gate) run(ctx context.Context) error {
	g.start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), g.pods.HasSynced, g.configMaps.HasSynced) {
		return errors.New("caches did not synchronise")
	}
	for range workers {
		go g.work(ctx)
	}
	<-ctx.Done()
	g.queue.ShutDown()
	return nil
}

func (g *gate) enqueue(object any) {
	if pod, ok := object.(*corev1.Pod); ok && waits(pod) {
		g.queue.Add(pod.Namespace + "/" + pod.Name)
	}
}

func (g *gate) enqueueWaiting(object any) {
	key, err := cache.MetaNamespaceKeyFunc(object)
	if err != nil {
		return
	}
	waiting, _ := g.pods.GetIndexer().ByIndex(byConfigMap, key)
	for _, pod := range waiting {
		g.enqueue(pod)
	}
}

func (g *gate) work(ctx context.Context) {
	for {
		key, quit := g.queue.Get()
		if quit {
			return
		}
		if err := g.sync(ctx, key); err != nil {
			log.Printf("pod %s: %v", key, err)
			g.queue.AddRateLimited(key)
		} else {
			g.queue.Forget(key)
		}
		g.queue.Done(key)
	}
}

// sync starts one pod if all it mounts exists. A pod that still waits is left alone: the missing
// ConfigMap's arrival enqueues it again.
func (g *gate) sync(ctx context.Context, key string) error {
	object, exists, err := g.pods.GetStore().GetByKey(key)
	if err != nil || !exists {
		return err
	}
	pod := object.(*corev1.Pod)
	if !waits(pod) {
		return nil
	}
	for _, name := range required(pod) {
		if _, err := g.lister.ConfigMaps(pod.Namespace).Get(name); err != nil {
			return nil
		}
	}
	patch, err := startPatch(pod, g.addresses.next())
	if err != nil {
		return err
	}
	_, err = g.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, patch,
		metav1.PatchOptions{}, "status")
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err // a Conflict too: the pod is looked at again
}

// waits says whether the pod's containers are still held back.
func waits(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodPending && pod.DeletionTimestamp == nil && len(required(pod)) > 0
}

func waitedFor(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok || !waits(pod) {
		return nil, nil
	}
	var keys []string
	for _, name := range required(pod) {
		keys = append(keys, pod.Namespace+"/"+name)
	}
	return keys, nil
}

// required lists the ConfigMaps without which a kubelet would not mount the pod's volumes.
func required(pod *corev1.Pod) []string {
	var names []string
	for i := range pod.Spec.Volumes {
		volume := &pod.Spec.Volumes[i]
		if source := volume.ConfigMap; source != nil && !isTrue(source.Optional) {
			names = append(names, source.Name)
		}
		if volume.Projected == nil {
			continue
		}
		for _, projection := range volume.Projected.Sources {
			// Every pod projects kube-root-ca.crt for its service account; kwok is not told to wait for that one.
			source := projection.ConfigMap
			if source != nil && !isTrue(source.Optional) && source.Name != "kube-root-ca.crt" {
				names = append(names, source.Name)
			}
		}
	}
	return names
}

func isTrue(b *bool) bool { return b != nil && *b }

func serveHealth(listen string, g *gate) {
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if !g.pods.HasSynced() || !g.configMaps.HasSynced() {
			http.Error(w, "caches not synchronised", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "ok")
	})
	log.Fatalf("startgate: serving health: %v", http.ListenAndServe(listen, nil))
}
