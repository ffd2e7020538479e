module example.com/machine-clients

go 1.24
