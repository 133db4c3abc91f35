module sandbox.neoburst.io/workload

go 1.21
