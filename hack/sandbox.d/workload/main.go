// What containers of the real node run: one small static program with a mode for each thing that tests look at. Beside it
// the image has busybox for a shell, tar and the like.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const usage = `usage: workload MODE
  pause                  does nothing until it is told to end, with code 0
  tick                   prints ten numbered lines a second, for ever
  eat                    takes more and more memory, for ever
  serve PORT             sends back what comes, until the other side has ended
  health PORT FILE       answers /healthz with 200, and with 503 while FILE exists
  stop-in SECONDS CODE   when told to end, says so, takes that long, and ends with CODE
  exit-after SECONDS CODE`

func main() {
	modes := map[string]func(arguments []string) error{
		"pause": pause, "tick": tick, "eat": eat, "serve": serve, "health": health,
		"stop-in": stopIn, "exit-after": exitAfter,
	}
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err := modes[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
}

// The first process of a container has no default action for a signal: who shall end on one must ask for it.
func untilTold() os.Signal {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	return <-told
}

func pause([]string) error {
	untilTold()
	return nil
}

func endWhenTold() {
	untilTold()
	os.Exit(0)
}

func tick([]string) error {
	go endWhenTold()
	for n := 1; ; n++ {
		fmt.Printf("tick %d\n", n)
		time.Sleep(100 * time.Millisecond)
	}
}

func eat([]string) error {
	var eaten [][]byte
	for {
		bite := make([]byte, 1<<20)
		for i := 0; i < len(bite); i += os.Getpagesize() {
			bite[i] = 1
		}
		eaten = append(eaten, bite)
		fmt.Printf("%d MiB\n", len(eaten))
	}
}

func serve(arguments []string) error {
	numbers, err := integers(arguments, 1)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", numbers[0]))
	if err != nil {
		return err
	}
	go endWhenTold()
	fmt.Println("serving")
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			_, _ = io.Copy(connection, connection)
		}()
	}
}

func health(arguments []string) error {
	if len(arguments) != 2 {
		return fmt.Errorf("health wants a port and a file")
	}
	go endWhenTold()
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := os.Stat(arguments[1]); err == nil {
			http.Error(w, "sick", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "well")
	})
	return http.ListenAndServe(":"+arguments[0], nil)
}

func stopIn(arguments []string) error {
	fmt.Println("started")
	fmt.Println("told to end:", untilTold())
	return exitAfter(arguments)
}

func exitAfter(arguments []string) error {
	numbers, err := integers(arguments, 2)
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(numbers[0]) * time.Second)
	fmt.Println("ending with code", numbers[1])
	os.Exit(numbers[1])
	return nil
}

// integers reads exactly `count` arguments.
func integers(arguments []string, count int) ([]int, error) {
	if len(arguments) != count {
		return nil, fmt.Errorf("%d arguments wanted, %d given", count, len(arguments))
	}
	var numbers []int
	for _, argument := range arguments {
		number, err := strconv.Atoi(argument)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}
