import BoraCore
import BoraDevices
import BoraModels
import Testing

/// What each architecture demands of a model that `transformers` saved, and what it refuses.
@Suite struct DeclarationTests {
    private static func code(_ model: TransformersModel) throws -> ModelError.Code {
        try #require(throws: ModelError.self) { try model.read() }.code
    }

    private static func refusedFeature(_ model: TransformersModel) throws -> String {
        let code = try code(model)
        guard case .unsupportedFeature(let feature) = code else {
            Issue.record("\(code) is no unsupported feature")
            return ""
        }
        return feature
    }

    @Test(arguments: TransformersModel.all)
    func everyTensorIsUsed(saved: TransformersModel) throws {
        let model = try saved.read()
        #expect(model.layerCount == 3)
        #expect(model.vocabularySize == 10)
        #expect(model.contextLength == 64)
    }

    @Test(arguments: TransformersModel.all)
    func aMissingTensorIsNamed(saved: TransformersModel) throws {
        for name in saved.tensors.keys {
            var changed = saved
            changed.tensors[name] = nil
            #expect(try Self.code(changed) == .missingTensor(name))
        }
    }

    @Test(arguments: TransformersModel.all)
    func aWrongShapeIsNamed(saved: TransformersModel) throws {
        for (name, extents) in saved.tensors {
            let found = Array(extents.dropLast()) + [extents.last! + 1]
            var changed = saved
            changed.tensors[name] = found
            #expect(
                try Self.code(changed)
                    == .wrongShape(
                        tensor: name, expected: Shape(extents)!, found: Shape(found)!))
        }
    }

    @Test(arguments: TransformersModel.all)
    func aTensorThatNothingUsesIsRefused(saved: TransformersModel) throws {
        let name = "model.layers.1.mlp.experts.0.up_proj.weight"
        var changed = saved
        changed.tensors[name] = [24, 16]
        #expect(try Self.code(changed) == .unusedTensors([name]))
    }

    @Test(
        arguments: TransformersModel.all,
        [
            ("num_hidden_layers", "0"), ("num_hidden_layers", "-1"), ("num_hidden_layers", "null"),
            ("hidden_size", "0"), ("hidden_size", "9223372036854775807"),
            ("intermediate_size", "null"), ("num_attention_heads", "0"),
            ("num_key_value_heads", "3"), ("head_dim", "7"), ("head_dim", "-8"),
            ("rms_norm_eps", "-1"), ("max_position_embeddings", "0"), ("rope_theta", "0"),
            ("rope_theta", "-1"), ("rope_parameters", #"{"rope_theta": 0}"#),
            ("partial_rotary_factor", "0"), ("partial_rotary_factor", "0.125"),
        ])
    func impossibleHyperparametersAreErrors(
        saved: TransformersModel, change: (key: String, value: String)
    ) throws {
        #expect(throws: ModelError.self) { try saved.setting([change.key: change.value]).read() }
    }

    @Test(arguments: [
        (TransformersModel.mistral, ["sliding_window": "0"]),
        (.qwen2, ["sliding_window": "-4"]),
        (.qwen2, ["layer_types": #"["full_attention"]"#]),
        (.gemma2, ["layer_types": #"["full_attention", "sliding_attention"]"#]),
        (.gemma3, ["layer_types": "[]"]),
        (.gemma3, ["sliding_window_pattern": "0"]),
        (.gemma2, ["query_pre_attn_scalar": "0"]),
        (.gemma2, ["final_logit_softcapping": "-1"]),
        (.smolLM3, ["no_rope_layers": "[1, 0]"]),
        (.granite, ["logits_scaling": "0"]),
        (.phi3, ["rope_scaling": #"{"type": "longrope", "long_factor": [1, 2, 3, 4]}"#]),
        (
            .phi3,
            [
                "rope_scaling":
                    #"{"type": "longrope", "short_factor": [1, 1, 1], "long_factor": [1, 2, 3]}"#
            ]
        ),
        (.llama, ["rope_scaling": #"{"rope_type": "linear"}"#]),
        (.llama, ["rope_scaling": #"{"rope_type": "linear", "factor": 0}"#]),
        (.llama, ["rope_scaling": #"{"rope_type": "dynamic", "factor": -2}"#]),
        (.llama, ["rope_scaling": #"{"rope_type": "llama3", "factor": 8}"#]),
    ])
    func impossibleOptionsAreInvalidHyperparameters(
        saved: TransformersModel, changes: [String: String]
    ) throws {
        let code = try Self.code(saved.setting(changes))
        guard case .invalidHyperparameter = code else {
            Issue.record("\(code) names no hyperparameter")
            return
        }
    }

    @Test(arguments: TransformersModel.all, ["rope_type", "type"])
    func anUnknownRotaryScalingIsNamed(saved: TransformersModel, key: String) throws {
        let scaling = #"{"\#(key)": "spiral", "factor": 2}"#
        #expect(
            try Self.refusedFeature(saved.setting(["rope_scaling": scaling])).contains("spiral"))
    }

    @Test(arguments: TransformersModel.all)
    func anUnknownActivationIsNamed(saved: TransformersModel) throws {
        let isGemma = saved.configuration["hidden_activation"] != nil
        let key = isGemma ? "hidden_activation" : "hidden_act"
        #expect(try Self.refusedFeature(saved.setting([key: "\"relu2\""])).contains("relu2"))
    }

    @Test(arguments: TransformersModel.all)
    func weightsInAForeignQuantizationAreRefusedByItsName(saved: TransformersModel) throws {
        let quantized = saved.setting([
            "quantization_config": #"{"quant_method": "awq", "bits": 4}"#
        ])
        #expect(try Self.refusedFeature(quantized).contains("awq"))
    }

    @Test func gemma3WithItsVisionEncoderIsRefused() throws {
        let whole = TransformersModel.gemma3.setting([
            "model_type": #""gemma3""#, "hidden_size": "null",
            "text_config": #"{"hidden_size": 16}"#,
        ])
        #expect(try Self.refusedFeature(whole).contains("vision"))
    }

    @Test(arguments: [TransformersModel.qwen2, .gemma2, .gemma3])
    func anUnknownTypeOfLayerIsNamed(saved: TransformersModel) throws {
        let types = #"["full_attention", "chunked_attention", "sliding_attention"]"#
        #expect(
            try Self.refusedFeature(saved.setting(["layer_types": types])).contains("chunked"))
    }

    private static let windowed: [(TransformersModel, [Int?])] = [
        (.llama, [nil, nil, nil]),
        (.mistral, [4, 4, 4]),
        (.mistral.setting(["sliding_window": "null"]), [nil, nil, nil]),
        (.qwen2, [nil, 4, 4]),
        (.qwen2.setting(["use_sliding_window": "false"]), [nil, nil, nil]),
        (.qwen3, [nil, nil, 4]),
        (
            .qwen3.setting([
                "layer_types": #"["sliding_attention", "full_attention", "full_attention"]"#
            ]), [4, nil, nil]
        ),
        (.phi3, [nil, nil, nil]),
        (.phi3.setting(["sliding_window": "4"]), [4, 4, 4]),
        (.gemma2, [4, nil, 4]),
        (.gemma3, [4, 4, nil]),
        (.smolLM3, [nil, nil, nil]),
        (.smolLM3.setting(["use_sliding_window": "true", "sliding_window": "4"]), [nil, 4, nil]),
        (.granite, [nil, nil, nil]),
    ]

    /// Layers form groups by their windows, which decide how much of a long sequence is kept.
    @Test(arguments: windowed)
    func layersHaveTheirWindows(saved: TransformersModel, windows: [Int?]) throws {
        let model = try saved.read()
        var found = [Int?](repeating: -1, count: model.layerCount)
        for group in model.groups {
            for layer in group.layers { found[layer] = group.geometry.window }
        }
        #expect(found == windows)
        #expect(model.groups.count == Set(windows).count)
    }
}
