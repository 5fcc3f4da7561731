//! The columns that tables of units and people have, under the names that organisations give them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A column that means something.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The code of the unit that the row is about.
    UnitCode,
    /// The code of the person that the row is about.
    PersonCode,
    /// Their name.
    Name,
    /// Code of the unit that a unit stands under; empty at the top.
    Parent,
    /// What a unit is.
    Kind,
    /// Place of a unit among its siblings.
    Order,
    /// Code of the unit that a person belongs to.
    Unit,
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Roles of a person, separated by semicolons.
    Roles,
}

/// The columns of a table of units, and whether each must be there.
pub const OF_UNITS: [(Column, bool); 5] = [
    (Column::UnitCode, true),
    (Column::Name, true),
    (Column::Parent, true),
    (Column::Kind, false),
    (Column::Order, false),
];

/// The columns of a table of people, and whether each must be there.
pub const OF_PEOPLE: [(Column, bool); 6] = [
    (Column::PersonCode, true),
    (Column::Name, true),
    (Column::Unit, true),
    (Column::Email, false),
    (Column::Phone, false),
    (Column::Roles, false),
];

impl Column {
    /// The names of the column in the first row of a table, in small letters and without spaces,
    /// underscores and hyphens; one space between two.
    const fn names(self) -> &'static str {
        match self {
            Self::UnitCode => "code id unitcode 编码 代码 编号 单位编码 单位代码 机构编码 机构代码",
            Self::PersonCode => {
                "code id personcode staffid employeeid 编码 编号 人员编码 人员编号 工号 员工编号 员工号"
            }
            Self::Name => "name unitname fullname 名称 姓名 单位名称 机构名称 人员姓名",
            Self::Parent => {
                "parent parentcode 上级 上级编码 上级代码 上级单位 上级单位编码 上级机构 上级机构编码 父级编码"
            }
            Self::Kind => "kind type level 类型 类别 级别 单位类型 机构类型 机构级别",
            Self::Order => "order sort 排序 顺序 序号",
            Self::Unit => {
                "unit unitcode department departmentcode 单位 单位编码 所属单位 所属单位编码 机构 机构编码 \
                 所属机构 所属机构编码 部门编码"
            }
            Self::Email => "email mail emailaddress 邮箱 电子邮箱 电子邮件 邮件",
            Self::Phone => "phone mobile telephone tel 电话 手机 手机号 手机号码 联系电话",
            Self::Roles => "roles role 角色 职责",
        }
    }

    /// The name of the column in tables that we write.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnitCode | Self::PersonCode => "code",
            Self::Name => "name",
            Self::Parent => "parent",
            Self::Kind => "kind",
            Self::Order => "order",
            Self::Unit => "unit",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Roles => "roles",
        }
    }

    /// Whether a cell of the first row names this column.
    pub fn is_named(self, cell: &str) -> bool {
        let plain: String = cell
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '*' | '\u{FEFF}'))
            .flat_map(char::to_lowercase)
            .collect();
        self.names().split(' ').any(|name| name == plain)
    }
}
