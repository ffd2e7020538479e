package main

import (
	"context"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// argoHealth is what Argo CD 3.2 does (gitops-engine/pkg/health, argo-cd/util/lua), with the Lua of its go.mod. Its own
// package is not used: it is made of 1,400 others, and of all of Kubernetes.
func argoHealth(object *unstructured.Unstructured, settings map[string]string) (verdict, error) {
	if object.GetDeletionTimestamp() != nil {
		return verdict{"Progressing", "Pending deletion"}, nil
	}
	kind := object.GroupVersionKind()
	script, found := settings[fmt.Sprintf("resource.customizations.health.%s_%s", kind.Group, kind.Kind)]
	if !found {
		return verdict{}, fmt.Errorf("the ConfigMap has no health check of %s", kind.GroupKind())
	}
	return run(script, object)
}

var healthCodes = map[string]bool{
	"Unknown": true, "Progressing": true, "Suspended": true, "Healthy": true, "Degraded": true, "Missing": true,
}

func run(script string, object *unstructured.Unstructured) (verdict, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	// Those that Argo CD opens, and no string and no math. Of its cut-down os no script of ours has need.
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage,
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	} {
		call := lua.P{Fn: state.NewFunction(open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(name)); err != nil {
			return verdict{}, err
		}
	}
	limited, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limited)
	state.SetGlobal("obj", luaValue(state, object.Object))
	if err := state.DoString(script); err != nil {
		return verdict{}, err
	}
	answer, isTable := state.Get(-1).(*lua.LTable)
	if !isTable {
		return verdict{}, fmt.Errorf("the script gives no table but %s", state.Get(-1).Type())
	}
	health := verdict{lua.LVAsString(answer.RawGetString("status")), lua.LVAsString(answer.RawGetString("message"))}
	if !healthCodes[health.Status] {
		return verdict{}, fmt.Errorf("the script gives %q, which is no health", health.Status)
	}
	return health, nil
}

// luaValue is its decodeValue: what JSON is, in Lua.
func luaValue(state *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case string:
		return lua.LString(known)
	case int64:
		return lua.LNumber(known)
	case float64:
		return lua.LNumber(known)
	case []any:
		table := state.CreateTable(len(known), 0)
		for _, each := range known {
			table.Append(luaValue(state, each))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(known))
		for key, each := range known {
			table.RawSetH(lua.LString(key), luaValue(state, each))
		}
		return table
	default:
		return lua.LNil
	}
}
