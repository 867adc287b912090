// peer COUNT FILE FROM TO HOST PORT [USER [CA]]: the same with Go's net/smtp, the
// password from PASSWORD; without CA the system's trust.
// SPDX-License-Identifier: MIT

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/smtp"
	"os"
	"strconv"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func logIn(client *smtp.Client, host string, args []string) error {
	config := &tls.Config{ServerName: host}
	if len(args) > 1 {
		pem, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	if err := client.StartTLS(config); err != nil {
		return err
	}
	return client.Auth(smtp.PlainAuth("", args[0], os.Getenv("PASSWORD"), host))
}

func send(client *smtp.Client, from, to string, text []byte) error {
	if err := client.Mail(from); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return err
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := body.Write(text); err != nil {
		return err
	}
	return body.Close()
}

func main() {
	args := os.Args[1:]
	count, err := strconv.Atoi(args[0])
	must(err)
	text, err := os.ReadFile(args[1])
	must(err)
	client, err := smtp.Dial(args[4] + ":" + args[5])
	must(err)
	if len(args) > 6 {
		must(logIn(client, args[4], args[6:]))
	}
	for ; count > 0; count-- {
		must(send(client, args[2], args[3], text))
	}
	must(client.Quit())
}
