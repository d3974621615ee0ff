// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The library modules of `docs/ARCHITECTURE.md`, left to right. A target may import what stands
/// in its list and nothing else: `make` builds with the import check on.
let modules: [(name: String, imports: [Target.Dependency])] = [
    ("BoraCore", []),
    ("BoraFormats", ["BoraCore"]),
    (
        "BoraHub",
        [
            "BoraCore", .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]
    ),
    ("BoraTokenizers", ["BoraCore", "CPCRE2"]),
    ("BoraChatTemplates", []),
    ("BoraDeviceMapping", ["BoraCore"]),
    ("BoraDevices", ["BoraCore", "BoraDeviceMapping"]),
    ("BoraCPU", ["BoraCore", "BoraDeviceMapping", "BoraDevices", "CKernels"]),
    ("BoraVulkan", ["BoraCore", "BoraDeviceMapping", "BoraDevices", "CVulkan"]),
    ("BoraModels", ["BoraCore", "BoraFormats", "BoraDeviceMapping", "BoraDevices"]),
    ("BoraLoading", ["BoraCore", "BoraFormats", "BoraDeviceMapping", "BoraDevices", "BoraModels"]),
    ("BoraSampling", ["BoraCore"]),
    ("BoraScheduling", ["BoraCore"]),
    (
        "BoraEngine",
        [
            "BoraCore", "BoraDeviceMapping", "BoraDevices", "BoraModels", "BoraLoading",
            "BoraSampling", "BoraScheduling",
        ]
    ),
    (
        "Bora",
        [
            "BoraCore", "BoraFormats", "BoraHub", "BoraTokenizers", "BoraChatTemplates",
            "BoraDeviceMapping", "BoraDevices", "BoraCPU", "BoraVulkan", "BoraModels",
            "BoraLoading", "BoraSampling", "BoraScheduling", "BoraEngine",
            .product(name: "Yams", package: "Yams"),
        ]
    ),
]

/// Test targets by name, with the modules each one tests.
let tests: [(name: String, imports: [Target.Dependency])] = [
    ("BoraCoreTests", ["BoraCore"]),
    ("BoraFormatsTests", ["BoraCore", "BoraFormats", "FormatCases"]),
    ("BoraHubTests", ["BoraCore", "BoraHub", "HubCases", "HubServer"]),
    ("BoraTokenizersTests", ["BoraCore", "BoraTokenizers", "TokenizerCases"]),
    ("BoraChatTemplatesTests", ["BoraChatTemplates", "TemplateCases"]),
    ("BoraDeviceMappingTests", ["BoraCore", "BoraDeviceMapping"]),
    ("BoraDevicesTests", ["BoraCore", "BoraDeviceMapping", "BoraDevices"]),
    ("BoraCPUTests", ["BoraCore", "BoraDeviceMapping", "BoraDevices", "BoraCPU", "CKernels"]),
    (
        "BoraVulkanTests",
        ["BoraCore", "BoraDeviceMapping", "BoraDevices", "BoraVulkan", "CVulkan"]
    ),
    (
        "BoraModelsTests",
        ["BoraCore", "BoraFormats", "BoraDeviceMapping", "BoraDevices", "BoraModels"]
    ),
    (
        "BoraLoadingTests",
        [
            "BoraCore", "BoraFormats", "BoraDeviceMapping", "BoraDevices", "BoraCPU",
            "BoraVulkan", "BoraModels", "BoraLoading", "ModelSupport",
        ]
    ),
    ("BoraSamplingTests", ["BoraCore", "BoraSampling"]),
    ("BoraSchedulingTests", ["BoraCore", "BoraScheduling"]),
    (
        "BoraEngineTests",
        [
            "BoraCore", "BoraFormats", "BoraDeviceMapping", "BoraDevices", "BoraCPU",
            "BoraModels", "BoraLoading", "BoraSampling", "BoraScheduling", "BoraEngine",
            "ModelSupport",
        ]
    ),
    (
        "BackendConformanceTests",
        [
            "BoraCore", "BoraDeviceMapping", "BoraDevices", "BoraCPU", "BoraVulkan", "CKernels",
        ]
    ),
    (
        "GoldenTests",
        [
            "BoraCore", "BoraFormats", "BoraTokenizers", "BoraDeviceMapping", "BoraDevices",
            "BoraCPU", "BoraVulkan", "BoraModels", "BoraLoading", "BoraEngine", "Bora",
        ]
    ),
    (
        "BoraTests",
        [
            "BoraCore", "BoraFormats", "BoraDeviceMapping", "BoraDevices", "BoraSampling", "Bora",
            "DeviceCases", "ModelSupport",
        ]
    ),
    ("PublicAPITests", ["Bora"]),
    ("CommandLineTests", ["BoraCLI", "HubServer"]),
    ("TidyTests", []),
]

/// What fuzz targets do with their input, with the modules this takes; the tests replay it.
let fuzzCases: [(name: String, imports: [Target.Dependency])] = [
    ("FormatCases", ["BoraCore", "BoraFormats"]),
    ("TemplateCases", ["BoraCore", "BoraChatTemplates"]),
    ("HubCases", ["BoraCore", "BoraHub"]),
    ("TokenizerCases", ["BoraCore", "BoraTokenizers"]),
    ("DeviceCases", ["BoraCore", "BoraDeviceMapping", "Bora"]),
]

/// Fuzz targets by name, with what holds their cases. `make fuzz` builds them.
let fuzzTargets: [(name: String, cases: Target.Dependency)] = [
    ("FuzzGGUF", "FormatCases"),
    ("FuzzSafetensors", "FormatCases"),
    ("FuzzSafetensorsIndex", "FormatCases"),
    ("FuzzConfiguration", "FormatCases"),
    ("FuzzTemplate", "TemplateCases"),
    ("FuzzHub", "HubCases"),
    ("FuzzTokenizer", "TokenizerCases"),
    ("FuzzTopology", "DeviceCases"),
]

/// `BORA_TESTS="TidyTests BoraCoreTests"` builds these test targets and what they need alone, for
/// quick turns on a module.
let wantedTests = Context.environment["BORA_TESTS"].map {
    $0.split(separator: " ").map(String.init)
}

/// `make fuzz` builds with libFuzzer's instrumentation and the address sanitizer.
let isFuzzing = Context.environment["BORA_FUZZ"] != nil

let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableExperimentalFeature("Lifetimes"),
        // Every unsafe expression is marked `unsafe`; TidyTests say which modules may hold one.
        .strictMemorySafety(),
    ] + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer,address"])] : [])

let kernelSettings: [CSetting] = [
    // Kernels are timed and tested optimized; a debug build differs in its Swift only.
    .define("NDEBUG"),
    .treatAllWarnings(as: .error),
]

var targets: [Target] = modules.map {
    .target(name: $0.name, dependencies: $0.imports, swiftSettings: strict)
}
targets += [
    .target(
        name: "CKernels", cSettings: kernelSettings, linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CVulkan", exclude: ["shaders"], cSettings: kernelSettings),
    .target(name: "CTale", exclude: ["tale-q8_0.gguf", "README.md"]),
    .systemLibrary(
        name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .executableTarget(
        name: "BoraCLI",
        dependencies: [
            "Bora", "CTale",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict),
    .target(
        name: "TestSupport", dependencies: ["BoraCore"], path: "Tests/TestSupport",
        swiftSettings: strict),
    // Small models of every architecture, maps and failing devices for the tests that run them.
    .target(
        name: "ModelSupport",
        dependencies: [
            "BoraCore", "BoraFormats", "BoraDeviceMapping", "BoraDevices", "BoraCPU",
            "BoraVulkan", "BoraModels", "BoraLoading", "TestSupport",
        ],
        path: "Tests/ModelSupport", swiftSettings: strict),
    // A hub on loopback, for the tests of its client and of the commands that use it.
    .target(
        name: "HubServer",
        dependencies: [
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ],
        path: "Tests/HubServer", swiftSettings: strict),
]
targets += fuzzCases.map {
    .target(
        name: $0.name, dependencies: $0.imports, path: "Fuzz/\($0.name)", swiftSettings: strict)
}
targets += tests.filter { wantedTests?.contains($0.name) != false }.map { test in
    // Tests read their data by path, next to their sources.
    let resources = Context.packageDirectory + "/Tests/\(test.name)/Resources"
    return .testTarget(
        name: test.name, dependencies: test.imports + ["TestSupport"],
        exclude: FileManager.default.fileExists(atPath: resources) ? ["Resources"] : [],
        swiftSettings: strict)
}

// Fuzz targets need libFuzzer's main and `package` access.
if isFuzzing {
    targets += [
        .target(
            name: "FuzzDriver", dependencies: ["BoraCore"], path: "Fuzz/Driver",
            swiftSettings: strict)
    ]
    targets += fuzzTargets.map {
        .executableTarget(
            name: $0.name, dependencies: ["FuzzDriver", $0.cases], path: "Fuzz/\($0.name)",
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])])
    }
}

// What is timed needs `package` access: `make bench-planner`.
if Context.environment["BORA_BENCHMARKS"] != nil {
    targets += [
        .executableTarget(
            name: "PlannerBenchmark", dependencies: ["BoraCore", "BoraDeviceMapping"],
            path: "Benchmarks/Sources/planner", swiftSettings: strict)
    ]
}

var products: [Product] = [
    .executable(name: "bora", targets: ["BoraCLI"]),
    .library(name: "Bora", targets: ["Bora"]),
    // For `Benchmarks`.
    .library(name: "CKernels", targets: ["CKernels"]),
]

// The tests of the command line run the program.
if let wantedTests, !wantedTests.contains("CommandLineTests") {
    var needed = Set(wantedTests)
    var unvisited = wantedTests
    while let name = unvisited.popLast() {
        let dependencies = targets.first { $0.name == name }?.dependencies ?? []
        for case .byNameItem(let dependency, _) in dependencies
        where needed.insert(dependency).inserted {
            unvisited.append(dependency)
        }
    }
    targets.removeAll { !needed.contains($0.name) }
    products = []
}

let package = Package(
    name: "bora",
    products: products,
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: targets,
    cLanguageStandard: .gnu2x
)
