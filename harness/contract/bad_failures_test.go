package contract_test

func badFailures() []bad {
	return []bad{
		{
			"a replica without a scheme", "8080", "8080\n  replicas: [\"127.0.0.1:8081\"]", 4,
			`"127`, "a replica is not an absolute http or https URL", "http://127.0.0.1:8080",
		},
		{
			"cleaning of what is unknown", "dialect: stripe",
			"dialect: stripe\ncleanup: [{per: acount, path: /a}]", 5, "acount",
			`there is no resource "acount"`, `did you mean "account"?`,
		},
		{
			"cleaning by a name that is not known then", "dialect: stripe",
			"dialect: stripe\ncleanup: [{path: '/a/{id}'}]", 5, "'/a", "{id} is not declared", "use one of: run",
		},
		{
			"more failures than operations", "8080", "8080\n  stop_on: {failures: 30}", 4, "stop_on",
			"stop_on cannot be 30 failures of 20", "stop_on: {failures: 10, of: 20}",
		},
		{
			"no arguments of a failure", "ok: [201]", "ok: [201]\n    fails_when: [{answers: [500]}]",
			19, "{answers", "nothing says when the operation fails", "args: {amount: 666}",
		},
		{
			"no answers of a failure", "ok: [201]", "ok: [201]\n    fails_when: [{args: {amount: 6}}]",
			19, "{args", "nothing says what a failing operation is answered", "answers: [500]",
		},
		{
			"unknown argument of a failure", "ok: [201]",
			"ok: [201]\n    fails_when: [{args: {amuont: 6}, answers: [500]}]", 19, "6",
			`there is no argument "amuont"`, `did you mean "amount"?`,
		},
		{
			"resource of a failure", "ok: [201]",
			"ok: [201]\n    fails_when: [{args: {account: a}, answers: [500]}]", 19, "a}",
			`the argument "account" is a fresh resource`, "name an argument with min and max",
		},
		{
			"kind of a failure", "ok: [201]",
			"ok: [201]\n    fails_when: [{args: {amount: six}, answers: [500]}]", 19, "six",
			`six is no value of the argument "amount"`, "of the kind that the argument has",
		},
		{
			"failure and ok", "ok: [201]",
			"ok: [201]\n    fails_when: [{args: {amount: 6}, answers: [402]}]", 19, "402",
			"402 cannot be in both fails_when and refused", "leave it in one",
		},
		{
			"success of a failure", "ok: [201]",
			"ok: [201]\n    fails_when: [{args: {amount: 6}, answers: [204]}]", 19, "204",
			"204 is no failure", "such as 500",
		},
		{
			"failures without a status", "dialect: stripe", "promises: {failures: refused}", 4, "refused",
			"no status says so", "failed: [409]",
		},
		{
			"statuses without failures", "dialect: stripe", "promises: {failed: [409]}", 4, "failed",
			"what failed is not refused", "add `failures: refused`",
		},
		{
			"failures", "dialect: stripe", "promises: {failures: stored}", 4, "stored",
			`unknown value "stored"`, "replayed",
		},
		{
			"failed and ok", "dialect: stripe", "promises: {failures: refused, failed: [201]}", 18, "201",
			"201 cannot be in both ok and promises.failed", "leave it in one",
		},
		{
			"envelope", "dialect: stripe", "promises: {replay_body: data.body}", 4, "data.body",
			`"data.body" cannot be the field`, "such as data",
		},
	}
}
