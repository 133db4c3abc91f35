// The GPU plugin tells a real kubelet of make-believe GPUs: it offers a resource of so many devices and allocates them,
// as a vendor's device plugin does. A container gets the names of its devices in an environment variable, and nothing else.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	plugin "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

const socketName = "neoburst-gpu.sock"

func main() {
	resource := flag.String("resource", "nvidia.com/gpu", "name of the resource")
	devices := flag.Int("devices", 1, "how many of it this node has")
	flag.Parse()
	if err := run(*resource, *devices); err != nil {
		log.Fatalf("gpuplugin: %v", err)
	}
}

// run serves until the kubelet's connection is of no use any more: it never returns without an error.
func run(resource string, devices int) error {
	path := filepath.Join(plugin.DevicePluginPath, socketName)
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	plugin.RegisterDevicePluginServer(server, &gpus{count: devices})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := register(resource); err != nil {
		return fmt.Errorf("registering %s with the kubelet: %w", resource, err)
	}
	log.Printf("offering %d of %s", devices, resource)
	return <-served
}

func register(resource string) error {
	connection, err := grpc.NewClient("unix://"+plugin.KubeletSocket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = plugin.NewRegistrationClient(connection).Register(context.Background(), &plugin.RegisterRequest{
		Version: plugin.Version, Endpoint: socketName, ResourceName: resource,
	})
	return err
}

type gpus struct {
	plugin.UnimplementedDevicePluginServer
	count int
}

func (g *gpus) GetDevicePluginOptions(context.Context, *plugin.Empty) (*plugin.DevicePluginOptions, error) {
	return &plugin.DevicePluginOptions{}, nil
}

// ListAndWatch tells the devices once; they never change.
func (g *gpus) ListAndWatch(_ *plugin.Empty, stream plugin.DevicePlugin_ListAndWatchServer) error {
	var devices []*plugin.Device
	for i := range g.count {
		devices = append(devices, &plugin.Device{ID: fmt.Sprintf("GPU-sandbox-%d", i), Health: plugin.Healthy})
	}
	if err := stream.Send(&plugin.ListAndWatchResponse{Devices: devices}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (g *gpus) Allocate(_ context.Context, request *plugin.AllocateRequest) (*plugin.AllocateResponse, error) {
	response := &plugin.AllocateResponse{}
	for _, container := range request.ContainerRequests {
		response.ContainerResponses = append(response.ContainerResponses, &plugin.ContainerAllocateResponse{
			Envs: map[string]string{"NVIDIA_VISIBLE_DEVICES": strings.Join(container.DevicesIds, ",")},
		})
	}
	return response, nil
}
